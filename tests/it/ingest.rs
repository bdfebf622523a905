//! Reading pages and matrices of one's own, from outside: what goes in, what comes out, and what is said of it.
//! The small handbook is ours; real pages are read where `COMPETENCY_PAGE` names one and others stand beside it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Run, run, says};

const HANDBOOK: &str = "examples/handbook";

/// The handbook, read into a data folder.
fn read_in(more: &[&str]) -> (TempDir, Run) {
    let data = tempfile::tempdir().unwrap();
    let into = data.path().join("data");
    let run = run(&[&["ingest", HANDBOOK, "--into", into.to_str().unwrap()], more].concat());
    (data, run)
}

fn asked(data: &TempDir, question: &[&str]) -> String {
    let folder = data.path().join("data");
    let mut arguments = vec!["question"];
    arguments.extend(question);
    arguments.extend(["--format", "csv", "--data", folder.to_str().unwrap()]);
    run(&arguments).succeeds()
}

/// A page in a folder of its own.
pub fn page(name: &str, content: &[u8]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn a_folder_of_pages_becomes_data_that_is_valid_and_answers() {
    let (data, ingested) = read_in(&["--organization", "Harbour"]);
    assert_eq!(ingested.code, Some(0), "{}{}", ingested.stdout, ingested.stderr);
    let folder = data.path().join("data");
    says(&run(&["validate", "--data", folder.to_str().unwrap()]).succeeds(), &["Valid"]);
    says(&asked(&data, &["roles"]), &["Signal Engineer,2,1", "Pilot Coordinator,2,0", "Harbour planner,2,0"]);
    let levels = asked(&data, &["level-facts", "role=Signal Engineer"]);
    says(&levels, &["Signal Engineer,5,", "Senior Signal Engineer,6.5,Harbour Master,extends Signal Engineer"]);
    says(&asked(&data, &["level-facts", "role=Pilot Coordinator"]), &[",5,", ",6,", "extends Pilot Coordinator (Intermediate)"]);
    // Said of the whole job, so it holds at both levels; an example is none of the demands.
    let oauth = asked(&data, &["levels-requiring", "competency=OAuth"]);
    assert_eq!(oauth.matches("required,example,role-wide").count(), 2, "{oauth}");
    let python = asked(&data, &["levels-requiring", "competency=Python"]);
    assert_eq!(python.matches("required,alternative,role-wide").count(), 2, "{python}");
    says(&asked(&data, &["levels-requiring", "competency=Kubernetes"]), &["optional,direct"]);
    says(&asked(&data, &["specialties-of", "role=Signal Engineer"]), &["Fog"]);
    let hiring = asked(&data, &["hiring-process", "role=Signal Engineer"]);
    says(&hiring, &["30", "Recruiter", "60", "Hiring Manager"]);
}

#[test]
fn evidence_has_the_place_the_digest_and_the_quotation() {
    let (data, _) = read_in(&[]);
    let folder = data.path().join("data");
    let query = "SELECT ?section ?position ?digest WHERE { ?s cg:quotation 'Repair lamps and horns' ; cg:section ?section ; cg:position ?position ; cg:sourceDigest ?digest }";
    let found = run(&["query", "-e", query, "--format", "csv", "--data", folder.to_str().unwrap()]).succeeds();
    // The digest is that of the words alone.
    let digest = competency_graph::ingest::outline::digest("Repair lamps and horns");
    says(&found, &["Levels › Signal Engineer › Responsibilities", ",1,", &digest]);
}

#[test]
fn every_item_is_placed_or_listed_with_the_reason() {
    let (folder, path) = page("coverage.json", b"");
    fs::remove_file(&path).unwrap();
    let html = folder.path().join("coverage.html");
    let (_data, ingested) = read_in(&["--report", &path, "--report", html.to_str().unwrap()]);
    assert_eq!(ingested.code, Some(0), "{}", ingested.stderr);
    let report: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for document in report["documents"].as_array().unwrap() {
        accounted_for(document);
        assert!(document["left_out"].as_array().unwrap().iter().all(|left| !left["reason"].as_str().unwrap().is_empty()));
        assert!(document["sections"].as_array().unwrap().iter().all(|section| !section["reason"].as_str().unwrap().is_empty()));
    }
    says(&fs::read_to_string(html).unwrap(), &["<table>", "Signal Engineer", "candidate competency"]);
}

/// That each block is a statement, a fact, a hiring step or left out.
#[track_caller]
fn accounted_for(document: &Value) {
    let number = |value: &Value| value.as_u64().unwrap();
    let (blocks, placed) = (&document["blocks"], &document["placed"]);
    let seen = number(&blocks["list_items"]) + number(&blocks["paragraphs"]) + number(&blocks["table_rows"]);
    let left = document["left_out"].as_array().unwrap().iter().filter(|left| left["section"] != "").count() as u64;
    let of_matrix = !document["mapping"].as_array().unwrap().is_empty();
    let placed = if of_matrix {
        seen
    } else {
        number(&placed["statements"]) + number(&placed["facts"]) + number(&placed["hiring_steps"]) + left
    };
    assert_eq!(seen, placed, "{}", document["file"]);
}

#[test]
fn a_strict_run_writes_nothing_when_something_is_uncertain() {
    let (data, ingested) = read_in(&["--strict"]);
    assert_eq!(ingested.code, Some(1));
    assert!(!data.path().join("data").exists());
    says(&ingested.stdout, &["candidate competency", "Kubernetes"]);
}

#[test]
fn one_page_goes_to_standard_output_as_turtle() {
    let output = run(&["ingest", &format!("{HANDBOOK}/signal-engineer.md"), "--base", "https://harbour.example/roles/"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(&output.stdout, &["<https://harbour.example/roles/signal-engineer/level/senior>", "cg:extends"]);
    says(&output.stderr, &["level 2: Senior Signal Engineer, grade 6.5, extends Signal Engineer"]);
}

#[test]
fn iris_stay_when_the_page_is_edited_and_read_again() {
    let (folder, path) = page(
        "role.md",
        b"# Diver\n\n## Requirements\n\n- Knows the harbour floor well, and its currents\n- Good written communication\n",
    );
    let data = folder.path().join("data");
    let read = || {
        let ingested = run(&["ingest", &path, "--into", data.to_str().unwrap()]);
        assert_eq!(ingested.code, Some(0), "{}", ingested.stderr);
        let query = "SELECT ?s ?q WHERE { ?s cg:quotation ?q ; cg:appliesTo ?a } ORDER BY ?q";
        run(&["query", "-e", query, "--format", "csv", "--data", data.to_str().unwrap()]).succeeds()
    };
    let first = read();
    assert_eq!(first, read(), "the same page gives the same graph");
    fs::write(&path, "# Diver\n\n## Requirements\n\n- Swims\n- Truly knows the harbour floor well, and all its currents\n- Good written communication\n").unwrap();
    let second = read();
    let iri = |table: &str, text: &str| {
        table.lines().find(|line| line.contains(text)).map(|line| line.split(',').next().unwrap().to_owned())
    };
    assert_eq!(iri(&first, "harbour floor"), iri(&second, "harbour floor"));
    assert_eq!(iri(&first, "written communication"), iri(&second, "written communication"));
    assert!(iri(&second, "Swims").is_some());
}

#[test]
fn two_versions_are_compared_by_statement_and_by_answer() {
    let old =
        "# Diver\n\n## Requirements\n\n- Experience with Python\n- Knows the harbour floor and its currents\n- Owns a boat\n";
    let new = "# Diver\n\n## Responsibilities\n\n- Owns a boat\n\n## Requirements\n\n- Knows the harbour floor and all its currents\n- Experience with SQL\n";
    let (_first, old) = page("old.md", old.as_bytes());
    let (_second, new) = page("new.md", new.as_bytes());
    let compared = run(&["compare", &old, &new]);
    assert_eq!(compared.code, Some(1), "{}", compared.stderr);
    says(
        &compared.stdout,
        &[
            "1 added, 1 removed, 1 reworded, 1 moved",
            "added     Diver: Experience with SQL",
            "removed   Diver: Experience with Python",
        ],
    );
    says(
        &compared.stdout,
        &["Answers that change", "levels-requiring SQL: 1 rows more", "levels-requiring Python: 0 rows more, 1 fewer"],
    );
    let same = run(&["compare", &old, &old]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "Nothing changed\n"));
}

#[test]
fn a_folder_is_read_into_the_same_data_again_and_a_page_added() {
    let (data, first) = read_in(&["--organization", "Harbour"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let into = data.path().join("data");
    let (_folder, path) =
        page("diver.md", b"# Diver\n\n## Requirements\n\n- Negotiation\n- Experience with acoustic signalling\n");
    for paths in [HANDBOOK, &path, HANDBOOK] {
        let again = run(&["ingest", paths, "--organization", "Harbour", "--into", into.to_str().unwrap()]);
        assert_eq!(again.code, Some(0), "{}", again.stderr);
    }
    says(&asked(&data, &["roles"]), &["Diver,1,0,2", "Harbour planner,2,0,4", "Signal Engineer,2,1,12"]);
    // The matrix has the skill, so the page names it.
    says(&asked(&data, &["roles-requiring", "competency=Negotiation"]), &["Diver", "Harbour planner"]);
}

#[test]
fn the_forms_of_inheritance_are_recognised() {
    let text = "# Baker\n\n## Requirements\n\n- Bakes\n\n## Levels\n\n### Junior Baker\n\n#### Requirements\n\n- Learns\n\n### Baker\n\n#### Requirements\n\n- The same requirements as a Junior Baker\n- Kneads\n\n### Senior Baker\n\nThe Senior Baker role extends the [Baker](#baker) role.\n\n#### Responsibilities\n\n- Leads\n\n### Pastry Lead\n\n#### Requirements\n\n- Extends the Senior Baker and the Junior Baker requirements\n- Extends the Master Confectioner requirements\n\n### Principal Baker\n\nThe Principal Baker role is a progression of the Senior Baker role.\n\n#### Responsibilities\n\n- Teaches\n";
    let (_folder, path) = page("baker.md", text.as_bytes());
    let output = run(&["ingest", &path]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(
        &output.stderr,
        &["Baker, extends Junior Baker", "Senior Baker, extends Baker", "Principal Baker, a progression of Senior Baker"],
    );
    says(
        &output.stderr,
        &["Pastry Lead, extends Senior Baker and Junior Baker", "unresolved inheritance", "Master Confectioner"],
    );
}

#[test]
fn a_name_is_found_in_its_case_and_as_a_word_of_its_own() {
    let text = "# Tester\n\n## Requirements\n\n- Experience with Go\n- Let things go and go-to-market with Golangers\n- Excel at slack lines\n";
    let (_folder, path) = page("tester.md", text.as_bytes());
    let turtle = run(&["ingest", &path]);
    assert_eq!(turtle.stdout.matches("cg:competency competency:go ").count(), 1, "{}", turtle.stdout);
    for absent in ["competency:slack", "candidate/excel>"] {
        assert!(!turtle.stdout.contains(absent), "{absent}");
    }
}

#[test]
fn sections_and_levels_of_other_houses_are_taken_for_what_they_mean() {
    let text = "# Data Scientist\n\n## What you'll do\n\n- Build models in Python\n\n## You\u{2019}ll bring\n\n- 3+ years of experience with SQL\n\n\
                ## Essential\n\n- Knowledge of Python\n\n## Desirable\n\n- Experience with Go\n\n## What we offer\n\n- Free lunch\n\n## Levels\n\n\
                ### DS1\n\n- Writes simple queries in SQL\n\n### DS2\n\nEverything expected of a DS1, plus:\n\n- Mentors a DS1\n\n\
                ### Senior Data Scientist (DS3)\n\nSame as DS2, plus:\n\n- Leads a project\n";
    let (_folder, path) = page("data-scientist.md", text.as_bytes());
    let output = run(&["ingest", &path, "--all"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(&output.stderr, &["DS2, extends DS1", "Senior Data Scientist, grade DS3, extends DS2", "7 statements"]);
    says(&output.stderr, &["what the organisation says of itself: Free lunch"]);
    let kind = |of: &str| {
        output.stdout.split(&format!("skos:prefLabel \"{of}")).next().unwrap().rsplit(" a ").next().unwrap().to_owned()
    };
    says(&kind("3+ years of experience with SQL"), &["cg:Requirement"]);
    says(&kind("Build models in Python"), &["cg:Responsibility"]);
    let go = output.stdout.split("skos:prefLabel \"Experience with Go\"").nth(1).unwrap();
    says(go.split(" .").next().unwrap(), &["cg:modality cg:preferred"]);
}

#[test]
fn levels_that_are_only_numbered_are_levels_of_the_job() {
    let html = "<html><body><main><h1>Site Reliability Engineer</h1><h2>Level I</h2><ul><li>Knows Linux</li></ul><h2>Level II</h2>\
                <p>Includes everything from Level I and:</p><ul><li>Knows Go</li></ul><h2>Level III</h2><ul><li>All Level II responsibilities</li>\
                <li>Leads incident response</li></ul></main></body></html>";
    let (_folder, path) = page("site-reliability-engineer.html", html.as_bytes());
    let output = run(&["ingest", &path, "--all"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(&output.stderr, &["html: Site Reliability Engineer\n", "level 1: Level I Site Reliability Engineer\n"]);
    says(
        &output.stderr,
        &[
            "level 2: Level II Site Reliability Engineer, extends Level I",
            "level 3: Level III Site Reliability Engineer, extends Level II",
        ],
    );
    says(&output.stderr, &["3 statements"]);
}

#[test]
fn what_stands_around_the_main_content_of_a_web_page_is_dropped() {
    let html = "<html><head><title>Sailor | Acme</title></head><body><nav><ul><li><a href='/'>Home</a></li></ul></nav><main><h1>Sailor</h1><h2>Requirements</h2><ul><li>Knows <b>Linux</b><ul><li>and knots</li></ul></li></ul><p><strong>Responsibilities</strong></p><ul><li>Sails the ship through every kind of weather there is, and comes back with everybody on board and with the cargo dry, whatever the sea may say about it and for as long as it takes</li></ul></main><footer><p>Cookies</p></footer></body></html>";
    let (_folder, path) = page("sailor.html", html.as_bytes());
    let output = run(&["ingest", &path, "--all"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(&output.stderr, &["3 list items", "3 statements"]);
    assert!(!output.stdout.contains("Cookies") && !output.stdout.contains("Home"), "{}", output.stdout);
}

#[test]
fn a_matrix_is_read_long_and_wide_and_its_degrees_are_ordered() {
    let (data, _) = read_in(&["--organization", "Harbour"]);
    let folder = data.path().join("data");
    let ask = "SELECT ?skill ?degree WHERE { ?s cg:appliesTo ?l ; cg:hasMention ?m . ?l rdfs:label 'Senior harbour planner'@en . ?m cg:competency ?c ; cg:proficiency ?p . ?c rdfs:label ?skill . ?p rdfs:label ?degree } ORDER BY ?skill";
    let found = run(&["query", "-e", ask, "--format", "csv", "--data", folder.to_str().unwrap()]).succeeds();
    says(&found, &["Negotiation,Practitioner", "Tide tables,Expert"]);
    let order = "ASK { ?a cg:higherThan ?b . ?a rdfs:label 'Expert'@en . ?b rdfs:label 'Awareness'@en }";
    says(&run(&["query", "-e", order, "--format", "csv", "--data", folder.to_str().unwrap()]).succeeds(), &["true"]);
    let (other, path) = page("wide.tsv", b"Topic\tSailor\tMate\tCaptain\nKnots\t1\t2\t3\nStars\t\t1\t3\n");
    let mapping = other.path().join("columns.toml");
    fs::write(&mapping, "role = \"Crew\"\nlevels = [\"Sailor\", \"Mate\", \"Captain\"]\n[columns]\nskill = \"Topic\"\n").unwrap();
    let wide = run(&["ingest", &path, "--mapping", mapping.to_str().unwrap()]);
    assert_eq!(wide.code, Some(0), "{}", wide.stderr);
    says(&wide.stderr, &["5 statements", "levels = Sailor, Mate, Captain"]);
    fs::write(&mapping, "[columns]\nskill = \"Topics\"\n").unwrap();
    says(
        &run(&["ingest", &path, "--mapping", mapping.to_str().unwrap()]).fails(),
        &["wide.tsv", "Topics", "did you mean “Topic”"],
    );
}

#[test]
fn ill_input_is_told_with_file_and_place_and_nothing_is_written() {
    let cases: &[(&str, &[u8], &[&str])] = &[
        ("binary.md", b"\x89PNG\r\n\x1a\n\x00\x00\x00", &["binary.md", "binary"]),
        ("empty.md", b" \n", &["empty.md", "empty"]),
        ("invalid.md", b"# Role\n\n- caf\xc3\x28\n", &["invalid.md:3", "column 6", "not UTF-8"]),
        ("cp1252.txt", b"Role\n\nIt\x92s here\n", &["cp1252.txt:3", "windows-1252", "--encoding"]),
        ("bare.md", b"- one\n- two\n", &["bare.md:1", "no headings"]),
        ("ragged.csv", b"Role,Skill,Skill Level\nA,B,C\nA,B\n", &["ragged.csv:3", "2 cells", "3"]),
        ("other.csv", b"Name,Age\nA,B\n", &["other.csv:1", "skill", "Name, Age"]),
        ("broken.xlsx", b"PK nothing", &["broken.xlsx", "XLSX"]),
    ];
    for (name, content, parts) in cases {
        let (folder, path) = page(name, content);
        let data = folder.path().join("data");
        let refused = run(&["ingest", &path, &format!("{HANDBOOK}/signal-engineer.md"), "--into", data.to_str().unwrap()]);
        let told = refused.fails();
        says(&told, parts);
        assert!(!data.exists(), "{name}");
    }
    let (folder, path) = page("large.md", b"");
    fs::File::create(&path).unwrap().set_len(50 * 1024 * 1024).unwrap();
    says(&run(&["ingest", &path]).fails(), &["large.md", "50 MB"]);
    drop(folder);
    let (_folder, path) = page("cp1252.txt", b"Role\n\nResponsibilities\n\n- It\x92s here\n");
    assert_eq!(run(&["ingest", &path, "--encoding", "windows-1252"]).code, Some(0));
}

#[test]
fn a_spreadsheet_that_would_fill_a_disk_is_refused() {
    let (_folder, path) = page("bomb.xlsx", b"");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default().compression_level(Some(1))).unwrap();
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..51 {
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap();
    says(&run(&["ingest", &path]).fails(), &["bomb.xlsx", "unpack"]);
}

/// The folder that holds the real sources.
fn sources() -> Option<PathBuf> {
    let folder = std::env::var_os("COMPETENCY_PAGE").and_then(|page| Some(Path::new(&page).parent()?.to_owned()));
    let folder = folder.filter(|folder| folder.join("gitlab-job-families").is_dir());
    if folder.is_none() {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "the real pages are required here and missing");
        println!("skipped: the real pages are not here; COMPETENCY_PAGE names one, and the others stand beside it");
    }
    folder
}

#[test]
fn the_real_pages_are_read_whole() {
    let Some(sources) = sources() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("coverage.json");
    for (part, documents) in
        [("gitlab-job-families", 30), ("dropbox", 7), ("uk-government-digital", 1), ("security-engineer.txt", 1)]
    {
        let path = sources.join(part);
        let ingested = run(&["ingest", path.to_str().unwrap(), "--no-check", "--report", report.to_str().unwrap()]);
        assert_eq!(ingested.code, Some(0), "{}", ingested.stderr);
        let report: Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
        let read = report["documents"].as_array().unwrap();
        assert_eq!(read.len(), documents, "{part}");
        read.iter().for_each(accounted_for);
        if part == "uk-government-digital" {
            assert_eq!(read[0]["placed"]["statements"], 1824);
        }
        if part == "dropbox" {
            assert!(read.iter().all(|document| document["job_family"] == "Software Engineer"));
        }
    }
}
