//! Golden answers. Each file of `cases/answers` is a call and what the page says the answer is: written from the page, never
//! from our output. Only the columns named are compared; `# unordered` and `# contains` loosen the order and the extent.

use std::collections::BTreeMap;
use std::fs;

use competency_graph::catalogue::answer::Answer;
use competency_graph::knowledge::{Generation, Origin};
use competency_graph::rq::parse_query;
use competency_graph::store::{Table, text};
use oxigraph::model::Term;

/// A call and its answer.
pub struct Case {
    pub name: String,
    pub question: String,
    pub arguments: Vec<(String, String)>,
    unordered: bool,
    contains: bool,
    count: Option<usize>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[test]
fn every_answer_is_what_the_page_says() {
    let generation = Generation::build(&Origin::default()).unwrap();
    let mut failures = Vec::new();
    let cases = golden();
    assert!(cases.len() > 60, "the cases are there");
    for case in &cases {
        match generation.ask(&case.question, &case.arguments) {
            Ok(answer) => failures.extend(difference(case, &answer)),
            Err(error) => failures.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

#[test]
fn a_query_gives_the_same_rows_as_printed_and_parsed_again() {
    let generation = Generation::build(&Origin::default()).unwrap();
    for case in golden() {
        let answer = generation.ask(&case.question, &case.arguments).unwrap();
        let Table { columns, rows } = generation.store.select(parse_query(&answer.sparql).unwrap()).unwrap();
        assert_eq!((&columns, &rows), (&answer.columns, &answer.rows), "{}: {}", case.name, answer.sparql);
    }
}

#[test]
fn every_question_runs_as_its_file_stands_and_as_its_example_call() {
    let generation = Generation::build(&Origin::default()).unwrap();
    for question in generation.catalogue.questions() {
        let as_it_stands = generation.store.select(question.rq.query.clone()).unwrap();
        let asked = generation.ask(&question.id, &question.example_arguments()).unwrap();
        assert_eq!(as_it_stands.columns, asked.columns, "{}", question.id);
        assert_eq!(as_it_stands.rows, asked.rows, "{}", question.id);
        assert!(!asked.rows.is_empty(), "{}: the example finds something", question.id);
    }
}

#[test]
fn every_question_of_the_contract_has_its_columns() {
    let generation = Generation::build(&Origin::default()).unwrap();
    let contract = fs::read_to_string("tests/it/cases/contract.txt").unwrap();
    for line in contract.lines().filter(|line| !line.starts_with('#')) {
        let (id, columns) = line.split_once(':').unwrap();
        let question = generation.catalogue.get(id).unwrap_or_else(|| panic!("{id} is there"));
        let expected: Vec<&str> = columns.split_whitespace().collect();
        assert_eq!(question.columns[..expected.len()], expected, "{id}");
    }
}

#[test]
fn no_answer_has_the_same_row_twice() {
    let generation = Generation::build(&Origin::default()).unwrap();
    for case in golden() {
        let answer = generation.ask(&case.question, &case.arguments).unwrap();
        let mut rows: Vec<String> = answer.rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        let all = rows.len();
        rows.dedup();
        assert_eq!(rows.len(), all, "{}", case.name);
    }
}

#[test]
fn a_value_may_be_an_iri_a_label_an_alias_or_a_prefixed_name() {
    let generation = Generation::build(&Origin::default()).unwrap();
    let ask = |value: &str| {
        let answer = generation.ask("levels-requiring", &[("competency".to_owned(), value.to_owned())]).unwrap();
        (answer.rows.len(), answer.parameters[0].1[0].node.as_str().rsplit('/').next().unwrap().to_owned())
    };
    for oauth in
        ["OAuth", "oauth", "  OAUTH ", "competency:oauth", "https://w3id.org/competency-graph/id/competency/oauth", "OAuth 2.0"]
    {
        assert_eq!(ask(oauth), (5, "oauth".to_owned()), "{oauth}");
    }
    for (alias, slug) in [
        ("SQLi", "sql-injection"),
        ("X-Frame-Options", "x-frame-options"),
        ("XFO", "x-frame-options"),
        ("Golang", "go"),
        ("Go", "go"),
        ("GCP", "google-cloud-platform"),
        ("Google Cloud", "google-cloud-platform"),
        ("TOTP", "time-based-one-time-password"),
        ("OTP", "one-time-password"),
        ("cross site scripting", "cross-site-scripting"),
    ] {
        assert_eq!(ask(alias).1, slug, "{alias}");
    }
}

/// What differs between the case and the answer, if anything.
pub fn difference(case: &Case, answer: &Answer) -> Option<String> {
    if let Some(count) = case.count {
        return (answer.rows.len() != count).then(|| format!("{}: {} rows, not {count}", case.name, answer.rows.len()));
    }
    let Some(at) =
        case.columns.iter().map(|name| answer.columns.iter().position(|column| column == name)).collect::<Option<Vec<_>>>()
    else {
        return Some(format!("{}: the answer has the columns {:?}", case.name, answer.columns));
    };
    let plain = |cell: &Option<Term>| cell.as_ref().map(text).unwrap_or_default();
    let mut found: Vec<Vec<String>> = answer.rows.iter().map(|row| at.iter().map(|at| plain(&row[*at])).collect()).collect();
    let mut expected = case.rows.clone();
    if case.contains {
        let mut there: BTreeMap<&Vec<String>, usize> = BTreeMap::new();
        found.iter().for_each(|row| *there.entry(row).or_default() += 1);
        let short =
            |row: &&Vec<String>| there.get(row).copied().unwrap_or(0) < expected.iter().filter(|other| other == row).count();
        let missing: Vec<_> = expected.iter().filter(short).collect();
        return (!missing.is_empty()).then(|| format!("{}: lacks {missing:?}, has {found:#?}", case.name));
    }
    if case.unordered {
        found.sort();
        expected.sort();
    }
    (found != expected).then(|| format!("{}: expected {expected:#?}, found {found:#?}", case.name))
}

/// The golden calls.
pub fn golden() -> Vec<Case> {
    cases("tests/it/cases/answers")
}

/// The cases of a folder, by name.
pub fn cases(folder: &str) -> Vec<Case> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    paths.iter().map(|path| case(&path.file_stem().unwrap().to_string_lossy(), &fs::read_to_string(path).unwrap())).collect()
}

fn case(name: &str, file: &str) -> Case {
    let (notes, table): (Vec<&str>, Vec<&str>) = file.lines().partition(|line| line.starts_with("# "));
    let mut notes = notes.into_iter().map(|note| note.trim_start_matches("# "));
    let mut words = split(notes.next().unwrap()).into_iter();
    let question = words.next().unwrap();
    let pair = |word: String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let arguments = words.map(pair).collect();
    let notes: Vec<&str> = notes.collect();
    let count = notes.iter().find_map(|note| note.strip_prefix("count: ")).map(|count| count.parse().unwrap());
    let table = table.join("\n");
    let mut reader = csv::ReaderBuilder::new().from_reader(table.as_bytes());
    let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let (unordered, contains) = (notes.contains(&"unordered"), notes.contains(&"contains"));
    Case { name: name.to_owned(), question, arguments, unordered, contains, count, columns, rows }
}

/// Splits a call as a shell would: white space separates, double quotes keep together.
fn split(call: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in call.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}
