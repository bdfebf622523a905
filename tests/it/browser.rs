//! The pages in a real browser, walked through as people would by `browser.js`: with a script and without, in light and dark, wide and narrow.

use std::fs;
use std::process::{Command, Stdio};

use crate::durable::Writable;
use crate::http::ZIG;
use crate::support::{Data, Server, says};

/// Whether Chromium, its driver and axe are there; if not, the test is skipped, or fails where they are required.
fn is_there() -> bool {
    let check = |program: &str, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let there = check("node", &["-e", "require('playwright-core'); require('axe-core')"]) && check("chromium", &["--version"]);
    if !there {
        assert!(
            std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(),
            "Chromium, playwright-core and axe-core are required here"
        );
        println!(
            "skipped: needs Chromium (apt install chromium), and playwright-core and axe-core (npm; NODE_PATH names their node_modules)"
        );
    }
    there
}

fn holds(server: &Server, which: &str, least: usize) {
    hold(server, &[which], least);
}

/// What `browser.js` walks through, with the pages to look at if they are not all.
fn hold(server: &Server, which: &[&str], least: usize) {
    let output = Command::new("node").args(["tests/it/browser.js", &server.url]).args(which).output().unwrap();
    let (printed, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    let wrong: Vec<&str> = printed.lines().filter(|line| line.starts_with("not ok")).collect();
    assert!(wrong.is_empty() && output.status.success(), "{}\n{errors}", wrong.join("\n"));
    assert!(printed.lines().count() >= least, "{printed}{errors}");
}

#[test]
fn people_walk_from_a_question_to_its_proof_compare_find_gaps_and_explore() {
    if is_there() {
        holds(&Server::shared(), "walk", 16);
    }
}

#[test]
fn every_page_is_accessible_in_light_and_dark_and_fits_a_phone() {
    if is_there() {
        holds(&Server::shared(), "look", 4);
    }
}

#[test]
fn names_with_markup_scripts_and_text_from_right_to_left_stay_text_on_every_page() {
    if !is_there() {
        return;
    }
    let data = Data::copy();
    let hostile = "
competency:rtl a cg:Technology ; cg:technologyKind cg:programming-language ; skos:broader competency:technology ; skos:prefLabel \"\u{202e}evil\u{202c} \u{5e9}\u{5dc}\u{5d5}\u{5dd} </h1><img src=x onerror=alert(1)>\"@en ;
    skos:definition \"\\\"><script>alert(2)</script>\"@en ; skos:inScheme <https://w3id.org/competency-graph/id/competency> ;
    skos:closeMatch <javascript:alert(3)> , <data:text/html,x> .
";
    data.write("more.ttl", &format!("{ZIG}{hostile}"));
    holds(&Server::start(&["--data", data.path()]), "hostile", 1);
}

#[test]
fn a_store_that_is_written_shows_its_history_and_what_changed() {
    let store = Writable::new();
    let statement = "<https://w3id.org/competency-graph/id/gitlab/security-engineer/statement/team-player>";
    store.updated(&format!(
        "DELETE {{ GRAPH ?g {{ {statement} skos:prefLabel ?old }} }} INSERT {{ GRAPH ?g {{ {statement} skos:prefLabel \"Fits <b>in</b>\"@en }} }}
         WHERE {{ GRAPH ?g {{ {statement} skos:prefLabel ?old }} }}"
    ));
    let page = store.server.get("/history").body;
    says(&page, &["ada", "The first version", "<a href=\"/history\" aria-current=\"page\">"]);
    let difference = page.split('"').find(|part| part.starts_with("/history/difference?from=")).unwrap().replace("&#38;", "&");
    says(
        &store.server.get(&difference).body,
        &["Statements changed: 1", "Fits &#60;b&#62;in&#60;/b&#62;", "before: Fits into a team"],
    );
    let answers = format!("{difference}&answers=true");
    says(&store.server.get(&answers).body, &["What does"]);
    // A page of an earlier version, as it was.
    let former = store.server.get("/id/gitlab/security-engineer/statement/team-player.html?version=1").body;
    says(&former, &["Fits into a team"]);
    if is_there() {
        hold(
            &store.server,
            &["look", "/history", &difference, &answers, "/?version=1", "/review?document=Security+Engineer+job+family"],
            4,
        );
    }
}

#[test]
fn the_start_page_is_light() {
    let server = Server::shared();
    let page = server.get("/").body;
    let loaded = page.split('"').filter(|part| part.starts_with("/assets/"));
    let sizes = [String::from("/")].into_iter().chain(loaded.map(str::to_owned)).map(|path| {
        let headers = [("accept-encoding", "gzip")];
        server.send("GET", &path, &headers).body.len()
    });
    let all: usize = sizes.sum();
    assert!(all < 100_000, "{all} bytes");
}

#[test]
fn what_pages_load_is_kept_for_ever_and_is_there_without_node_as_well() {
    let server = Server::shared();
    let page = server.get("/").body;
    let style = page.split('"').find(|part| part.starts_with("/assets/style-")).unwrap();
    let answer = server.get(style);
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(answer.body, fs::read_to_string("web/src/style.css").unwrap());
    server.get("/assets/nothing.js").problem(404, "not-found");
}
