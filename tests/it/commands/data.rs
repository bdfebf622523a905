//! `competency validate`, and what every command does with data that is not fit to be published.

use crate::support::{Data, PAGE, run, says};

#[test]
fn the_bundled_data_is_valid() {
    let told = run(&["validate"]).succeeds();
    assert!(told.starts_with("Valid: "), "{told}");
}

#[test]
fn a_copy_of_the_bundled_data_is_valid_and_counts_the_same() {
    let data = Data::copy();
    assert_eq!(run(&["validate", "--data", data.path()]).succeeds(), run(&["validate"]).succeeds());
}

#[test]
fn broken_turtle_is_named_with_file_and_line() {
    let data = Data::copy();
    let line = data.edit(PAGE, "<level/senior> a cg:Level ;", "<level/senior> a cg:Level ; ; oops");
    let told = run(&["validate", "--data", data.path()]).fails();
    says(&told, &[&format!("{}:{line}:", data.file(PAGE).display()), "mend"]);
    assert_eq!(run(&["question", "roles", "--data", data.path()]).fails(), told, "no other command answers from it");
}

#[test]
fn all_broken_files_are_named_at_once() {
    let data = Data::copy();
    data.write("one.ttl", "<a> <b> .\n");
    data.write("two.ttl", "@prefix : <http://example.org/> .\n:a :b :c\n:d\n");
    let told = run(&["validate", "--data", data.path()]).fails();
    says(&told, &[&format!("{}:1:", data.file("one.ttl").display()), &format!("{}:3:", data.file("two.ttl").display())]);
}

#[test]
fn what_breaks_a_shape_is_named_with_its_place_and_what_to_do() {
    let data = Data::copy();
    let line = data.edit(PAGE, "cg:levelOf gitlab:security-engineer ; cg:rank 2 .", "cg:levelOf gitlab:security-engineer .");
    let place = format!("{}:{line}:", data.file(PAGE).display());
    let parts = [place.as_str(), "gitlab:security-engineer/level/senior", "A level has exactly one rank", "cg:rank"];

    let done = run(&["validate", "--data", data.path()]);
    assert_eq!(done.code, Some(2));
    says(&done.stdout, &parts);
    says(&done.stderr, &["1 finding", "mend"]);
    assert!(!done.stdout.contains("Valid"));

    says(&run(&["question", "roles", "--data", data.path()]).fails(), &parts);
    says(&run(&["query", "-e", "ASK {}", "--data", data.path()]).fails(), &parts);
    says(&run(&["export", "--data", data.path()]).fails(), &parts);
    says(&run(&["serve", "--bind", "127.0.0.1:0", "--data", data.path()]).fails(), &parts);
}

#[test]
fn what_breaks_a_check_is_named_on_both_sides() {
    let data = Data::copy();
    data.write("more.ttl", &crate::http::ZIG.replace("\"Zig lang\"@en", "\"oauth 2.0\"@en"));
    let done = run(&["validate", "--data", data.path()]);
    assert_eq!(done.code, Some(2));
    says(&done.stdout, &["Two competencies share a name", "competency:oauth", "competency:zig", "alias-names-two-competencies"]);
    says(&done.stdout, &[&format!("{}:5:", data.file("more.ttl").display())]);
    says(&done.stderr, &["2 findings"]);
}

#[test]
fn a_listed_file_that_is_not_there_is_named() {
    let data = Data::copy();
    std::fs::remove_file(data.file(PAGE)).unwrap();
    says(&run(&["validate", "--data", data.path()]).fails(), &["sources.ttl", PAGE, "add the file or take the entry out"]);
}

#[test]
fn a_missing_folder_is_named_with_what_to_give() {
    for command in [&["validate"][..], &["question", "roles"], &["export"]] {
        let told = run(&[command, &["--data", "/there/is/none"]].concat()).fails();
        says(&told, &["/there/is/none is no folder", "name the folder"]);
    }
    says(&run(&["validate", "--ontology", "/there/is/none"]).fails(), &["/there/is/none is no folder"]);
}

#[test]
fn notes_beside_the_data_are_no_data() {
    let data = Data::copy();
    data.write("README.txt", "Ask the security team before you change this.\n");
    data.write("README.md", "# Data\n");
    data.write(".draft.ttl", "not Turtle yet");
    assert_eq!(run(&["validate", "--data", data.path()]).succeeds(), run(&["validate"]).succeeds());
}

#[test]
fn a_document_type_in_rdf_xml_is_not_read() {
    let data = Data::copy();
    data.write(
        "bomb.rdf",
        "<!DOCTYPE rdf:RDF [<!ENTITY a \"aaaa\">]>\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>\n",
    );
    says(&run(&["validate", "--data", data.path()]).fails(), &["bomb.rdf", "DOCTYPE"]);
}
