//! Tables about levels, as career frameworks have them: levels as columns or rows, and texts in the cells; in pages and on their own.

use std::fs::{self, File};
use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::ingest::page;
use crate::support::{Run, run, says};

const COLUMNS: &str = "# Titles for Riggers\n\nA tech lead says what comes next.\n\n## Expectations\n\n\
    | Theme | Junior Rigger (L1) | Rigger (L2) | Senior Rigger (L3) |\n|---|---|---|---|\n\
    | **Craft** | | | |\n\
    | *Knots* | Ties the usual knots in good weather | Ties every knot there is in the dark | Invents knots that others then use |\n\
    | *Tooling* | - | Writes small tools in Python | Writes tools in Go and Python that the whole yard uses |\n\n\
    ## Hiring Process\n\n- A talk of 30 minutes with the Hiring Manager\n";

/// The statements of a document, each as `about: text (kind)`, and its levels, from the JSON report.
fn statements(path: &str) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    assert_eq!(run(&["ingest", path, "--report", report.to_str().unwrap()]).code, Some(0));
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let documents = report["documents"].as_array().unwrap();
    let of = |key: &str, shown: &dyn Fn(&serde_json::Value) -> String| {
        documents.iter().flat_map(|document| document[key].as_array().unwrap()).map(shown).collect::<Vec<_>>()
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("none").to_owned();
    let statement = |one: &serde_json::Value| format!("{}: {} ({})", text(&one["about"]), text(&one["text"]), text(&one["kind"]));
    let level = |one: &serde_json::Value| format!("{} {}", text(&one["title"]), text(&one["grade"]));
    (of("statements", &statement), of("levels", &level))
}

fn ingested(path: &str) -> Run {
    let output = run(&["ingest", path, "--all"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    output
}

#[test]
fn each_cell_below_a_level_says_something_of_that_level() {
    let (_folder, path) = page("titles-for-riggers.md", COLUMNS.as_bytes());
    let (found, levels) = statements(&path);
    assert_eq!(levels, ["Junior Rigger L1", "Rigger L2", "Senior Rigger L3"]);
    assert_eq!(
        found,
        [
            "Junior Rigger: Ties the usual knots in good weather (expectation)",
            "Rigger: Ties every knot there is in the dark (expectation)",
            "Rigger: Writes small tools in Python (expectation)",
            "Senior Rigger: Invents knots that others then use (expectation)",
            "Senior Rigger: Writes tools in Go and Python that the whole yard uses (expectation)",
        ]
    );
    let turtle = ingested(&path).stdout;
    // What follows the table does not stand below its last row, and the theme is what a cell without a known name is about.
    says(&turtle, &["› Expectations › Senior Rigger (L3) › Craft › Tooling\"", "cg:blockKind cg:table-row", "\"Knots\"@en"]);
    says(&turtle, &["cg:minimum 30"]);
}

#[test]
fn what_the_cells_say_answers_the_catalogue() {
    let (folder, path) = page("titles-for-riggers.md", COLUMNS.as_bytes());
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    assert_eq!(run(&["ingest", &path, "--into", data]).code, Some(0));
    says(&run(&["validate", "--data", data]).succeeds(), &["Valid"]);
    let go = run(&["question", "levels-requiring", "competency=Go", "--data", data, "--format", "csv"]).succeeds();
    says(&go, &["Senior Rigger,L3,required,direct"]);
    assert_eq!(go.lines().count(), 2, "{go}");
}

#[test]
fn rows_may_be_levels_and_columns_what_they_are_about() {
    let table = "Level,Scope,Communication\nAssociate Marketer,Works on tasks that others defined,Writes clear updates for the team\n\
                 Marketer,Runs a campaign from start to finish,\"- Presents results to the department\n- Answers questions of customers\"\n\
                 Senior Marketer,Plans the campaigns of a quarter,Explains strategy to executives\n";
    let (_folder, path) = page("marketing.csv", table.as_bytes());
    let (found, levels) = statements(&path);
    assert_eq!(levels, ["Associate Marketer none", "Marketer none", "Senior Marketer none"]);
    assert_eq!(found.len(), 7, "{found:?}");
    says(&found.join("\n"), &["Marketer: Presents results to the department", "Marketer: Answers questions of customers"]);
    says(&ingested(&path).stderr, &["marketing.csv: Marketer\n"]);
}

#[test]
fn a_matrix_of_texts_is_read_like_a_page_whatever_its_header_is_called() {
    let table = "Area,Topic,What it is,Junior Engineer,Engineer,Senior Engineer\n\
                 People,Mentoring,How others grow by what one says,Asks for help early enough,Helps interns get started,Mentors all junior engineers\n\
                 ,Review,How the code of others is read,,Reviews code of one service,Reviews code of the whole team in Go\n";
    let (_folder, path) = page("ladder.csv", table.as_bytes());
    let (found, levels) = statements(&path);
    assert_eq!(levels.len(), 3, "{levels:?}");
    assert_eq!(found.len(), 5, "{found:?}");
    let output = ingested(&path);
    says(&output.stdout, &[" › Senior Engineer › People › Review\"", "cg:competency competency:mentoring"]);
    // What is said of a topic and of no level is no statement, and is accounted for.
    says(&output.stderr, &["prose that states no single point of the model: How others grow by what one says"]);
}

#[test]
fn degrees_in_a_table_of_a_page_keep_what_they_are_degrees_of() {
    let text = "# Skills of a Platform Engineer\n\n## Languages\n\n| Skill | Junior | Mid | Senior |\n|---|---|---|---|\n\
                | Go | 1 | 2 | 3 |\n| Python | - | 1 | 2 |\n| SQL | x | x | x |\n\n## Levels and pay\n\n\
                | Level | Salary |\n|---|---|\n| Junior | 50,000 |\n| Senior | 70,000 |\n";
    let (_folder, path) = page("platform.md", text.as_bytes());
    let (found, levels) = statements(&path);
    assert_eq!(levels.len(), 3, "{levels:?}");
    says(&found.join("\n"), &["Go: 1", "Python: 2"]);
    assert_eq!(found.len(), 8, "{found:?}");
    says(&ingested(&path).stderr, &["a row of a table that gives no grade: Junior | 50,000"]);
}

#[test]
fn a_cell_of_html_says_each_point_of_its_list() {
    let html = "<main><h1>Sailor</h1><h2>Ladder</h2><table><tr><td>Theme</td><td>Sailor 1</td><td>Sailor 2</td></tr>\
                <tr><td>Watch</td><td><ul><li>Keeps the watch by day</li><li>Wakes the mate in time</li></ul></td>\
                <td>Keeps the watch by night<br>Keeps the log of the ship</td></tr></table>\
                <table><tr><td><h2>Requirements</h2><ul><li>Knows the stars by name</li></ul></td></tr></table></main>";
    let (_folder, path) = page("sailor.html", html.as_bytes());
    let (found, levels) = statements(&path);
    assert_eq!(levels.len(), 2, "{levels:?}");
    let texts: Vec<&str> = found.iter().map(|one| one.split(" (").next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "Sailor 1: Keeps the watch by day",
            "Sailor 1: Wakes the mate in time",
            "Sailor 2: Keeps the watch by night",
            "Sailor 2: Keeps the log of the ship",
            "Sailor: Knows the stars by name",
        ]
    );
}

#[test]
fn tracks_codes_and_years_of_experience_are_taken_for_what_they_mean() {
    let text = "# Engineering Career Path\n\n## Individual Contributor Track\n\n### Junior Engineer (0-2 years)\n\n- **Skills**: Git, Python\n\n\
                ### Engineer (2-4 years)\n\n- Builds features alone\n\n### IC4: Staff Engineer\n\n- Leads projects across teams\n\n\
                ## Management Track\n\n### Engineering Manager (M1)\n\n- Hires engineers for the team\n\n### Senior Engineering Manager (M2)\n\n- Leads several teams\n";
    let (_folder, path) = page("path.md", text.as_bytes());
    let (found, levels) = statements(&path);
    assert_eq!(
        levels,
        [
            "Junior Engineer none",
            "Engineer none",
            "Staff Engineer IC4",
            "Engineering Manager M1",
            "Senior Engineering Manager M2"
        ]
    );
    says(&found[0], &["Junior Engineer: Skills: Git, Python (requirement)"]);
}

/// A workbook with inline texts, as its sheets and their rows.
fn workbook(path: &str, sheets: &[(&str, &[&[&str]])]) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    let mut part = |name: &str, content: String| {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut listed, mut related) = (String::new(), String::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let number = at + 1;
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>");
        related +=
            &format!("<Relationship Id=\"r{number}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>");
        let cell = |(column, text): (usize, &&str), row: usize| {
            let place = char::from(b'A' + u8::try_from(column).unwrap());
            format!("<c r=\"{place}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        let row = |(at, cells): (usize, &&[&str])| {
            let cells: String = cells.iter().enumerate().map(|one| cell(one, at + 1)).collect();
            format!("<row r=\"{}\">{cells}</row>", at + 1)
        };
        let rows: String = rows.iter().enumerate().map(row).collect();
        part(
            &format!("xl/worksheets/sheet{number}.xml"),
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        );
    }
    part("xl/workbook.xml", format!("<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{listed}</sheets></workbook>"));
    part("xl/_rels/workbook.xml.rels", format!("<Relationships xmlns=\"{packages}\">{related}</Relationships>"));
    let book = format!(
        "<Relationships xmlns=\"{packages}\"><Relationship Id=\"r\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    part("_rels/.rels", book);
    archive.finish().unwrap();
}

#[test]
fn every_sheet_of_a_workbook_is_read_or_named_with_the_reason() {
    let (folder, path) = page("company.xlsx", b"");
    workbook(
        &path,
        &[
            ("Read me", &[&["Look at the tab of your job"]]),
            (
                "Backend Engineer",
                &[&["Skill", "Junior", "Senior"], &["SQL", "Awareness", "Expert"], &["Go", "Awareness", "Expert"]],
            ),
            (
                "Designer",
                &[
                    &["Theme", "Junior Designer", "Senior Designer"],
                    &["Craft", "Draws screens that others planned", "Plans and draws a feature with Figma"],
                ],
            ),
            ("Changes", &[&["Date", "By"], &["2026-01-01", "Ada"]]),
        ],
    );
    let output = ingested(&path);
    says(&output.stderr, &["company.xlsx/Backend Engineer", "4 statements", "company.xlsx/Designer: Designer\n", "2 statements"]);
    says(&output.stderr, &["the sheet Read me", "the sheet Changes"]);
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    assert_eq!(run(&["ingest", &path, "--into", data]).code, Some(0));
    says(&run(&["validate", "--data", data]).succeeds(), &["Valid"]);
    let roles = run(&["question", "roles", "--data", data, "--format", "csv"]).succeeds();
    says(&roles, &["Backend Engineer,2,", "Designer,2,"]);
    workbook(&path, &[("Read me", &[&["Nothing here"]])]);
    says(&run(&["ingest", &path]).fails(), &["company.xlsx", "no sheet with a header"]);
}

#[test]
fn what_a_page_about_one_step_says_holds_at_that_step_alone() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    for (step, own) in [("IC1", "Writes tools in Python"), ("IC2", "Writes tools in Go")] {
        let text = format!(
            "# {step} Rigger\n\nA rigger works across functions, and collaboration counts.\n\n## Responsibilities\n\n- {own}\n- Ties every knot there is\n"
        );
        fs::write(pages.join(format!("{step}_rigger.md")), text).unwrap();
    }
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let output = run(&["ingest", pages.to_str().unwrap(), "--into", data]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(&run(&["validate", "--data", data]).succeeds(), &["Valid"]);
    let ask = |competency: &str| {
        let competency = format!("competency={competency}");
        run(&["question", "levels-requiring", &competency, "--data", data, "--format", "csv"]).succeeds()
    };
    for (competency, step) in [("Python", "IC1 Rigger"), ("Go", "IC2 Rigger")] {
        let rows = ask(competency);
        says(&rows, &[step]);
        assert_eq!(rows.lines().count(), 2, "{rows}");
    }
}

#[test]
fn pages_about_the_same_step_are_told_apart_and_capitals_make_no_other_competency() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    let long = "nternational experience working with the overseas financial operations of several companies";
    for (name, first) in [("yard", "I"), ("harbour", "i")] {
        let text = format!("# Fellow Rigger\n\n## Requirements\n\n- {first}{long}\n- Ties every knot there is\n");
        fs::write(pages.join(format!("{name}.md")), text).unwrap();
    }
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let output = run(&["ingest", pages.to_str().unwrap(), "--into", data]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    says(&run(&["validate", "--data", data]).succeeds(), &["Valid"]);
    let roles = run(&["question", "roles", "--data", data, "--format", "csv"]).succeeds();
    says(&roles, &["Rigger (yard)", "Rigger (harbour)"]);
}
