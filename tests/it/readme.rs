//! The README's commands, run as printed. In a `console` block a line that begins with `$` is a command and what follows is its
//! output; a line `…` stands for any lines. The first screen's commands build, so they are not run again here.

use std::fs;
use std::process::Command;

use crate::support::Server;

struct Step {
    command: String,
    output: Vec<String>,
}

#[test]
fn the_readme_prints_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("examples/handbook")).unwrap();
    for page in fs::read_dir("examples/handbook").unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&page, folder.path().join(&page)).unwrap();
    }
    let server = Server::start(&[]);
    let steps = steps(&fs::read_to_string("README.md").unwrap());
    assert!(steps.len() >= 9, "the tour is there");
    let curl = Command::new("curl").arg("--version").output().is_ok();
    if !curl {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "curl is required here and missing");
        println!("skipped: the commands that need curl, which is not installed");
    }
    for step in steps.iter().filter(|step| curl || !step.command.starts_with("curl")) {
        let command = step.command.replace("cargo run --", "competency").replace("127.0.0.1:7878", server.address());
        let program = env!("CARGO_BIN_EXE_competency");
        let script = format!("competency() {{ '{program}' \"$@\"; }}\n{command} 2>&1");
        let output = Command::new("sh").args(["-c", &script]).current_dir(&folder).output().unwrap();
        let printed: Vec<String> =
            String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim_end().to_owned()).collect();
        assert!(
            matches(&step.output, &printed),
            "$ {}\n{}\n--- but README says\n{}",
            step.command,
            printed.join("\n"),
            step.output.join("\n")
        );
    }
}

#[test]
fn the_changelog_and_the_licences_are_there() {
    for file in ["CHANGELOG.md", "LICENSE", "ARCHITECTURE.md", "data/gitlab/LICENSE.md"] {
        assert!(fs::read_to_string(file).is_ok_and(|text| text.len() > 300), "{file}");
    }
}

/// Whether lines are as expected, where `…` stands for any number of lines, and at a line's end for any characters.
fn matches(expected: &[String], printed: &[String]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "…" => (0..=printed.len()).any(|from| matches(rest, &printed[from..])),
        Some((first, rest)) => printed.split_first().is_some_and(|(line, others)| {
            let same = first.strip_suffix('…').map_or(line == first, |start| line.starts_with(start));
            same && matches(rest, others)
        }),
    }
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line.trim_end() {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), output: Vec::new() }),
                (None, Some(step)) => step.output.push(line.to_owned()),
                (None, None) => panic!("README has output before a command: {line}"),
            },
            _ => {}
        }
    }
    steps
}
