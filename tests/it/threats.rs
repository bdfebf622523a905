//! THREAT_MODEL.md promises nothing without a test.

use std::fs;

/// The backticked words of the last column of the table's rows.
fn named(text: &str) -> Vec<(String, Vec<String>)> {
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
        assert_eq!(cells.len(), 2, "a promise and its tests: {row}");
        (cells[0].to_owned(), cells[1].split('`').skip(1).step_by(2).map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn each_promise_names_tests_that_are_there() {
    let promises = named(&fs::read_to_string("THREAT_MODEL.md").unwrap());
    assert!(promises.len() > 10);
    for (promise, tests) in promises {
        assert!(!tests.is_empty(), "nothing holds: {promise}");
        for test in tests {
            let (module, function) = test.rsplit_once("::").unwrap_or_else(|| panic!("`{test}` is no module::test"));
            let file = format!("tests/it/{}.rs", module.replace("::", "/"));
            let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{test}: {file}: {error}"));
            let (before, _) =
                source.split_once(&format!("fn {function}(")).unwrap_or_else(|| panic!("{file} has no test {function}"));
            let attributes = before.rsplit_once("\n\n").map_or(before, |(_, attributes)| attributes);
            assert!(attributes.contains("#[test]") && !attributes.contains("#[ignore"), "{test} is no test that runs");
        }
    }
}
