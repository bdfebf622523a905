//! Every version is kept: it can be listed, read, compared, taken back, copied and carried elsewhere.

use serde_json::Value;

use super::{Store, Writable};
use crate::support::{run, says};

const OAUTH: &str = "/api/questions/levels-requiring?competency=OAuth";
/// Says the OAuth statement of a specialty instead of the whole role.
const MOVE: &str = "DELETE { GRAPH ?g { ?s cg:appliesTo ?role } } INSERT { GRAPH ?g { ?s cg:appliesTo ?specialty } }
    WHERE { GRAPH ?g { ?s cg:appliesTo ?role . ?s cg:hasMention/cg:competency competency:oauth . ?role a cg:JobFamily }
            ?specialty a cg:Specialty ; rdfs:label \"Application Security\"@en }";

fn rows(answer: &Value) -> &Vec<Value> {
    answer["rows"].as_array().unwrap()
}

#[test]
fn any_version_can_be_read_again_on_every_surface_and_says_which_it_is() {
    let store = Writable::new();
    let first = store.version();
    let permalink = store.server.get(OAUTH).json()["permalink"].as_str().unwrap().to_owned();
    says(&permalink, &[&first, "competency=OAuth"]);
    let kept = store.server.get(permalink.trim_start_matches(&store.server.url)).json();
    store.updated(MOVE);
    assert_eq!(rows(&store.server.get(OAUTH).json()).len(), 0);

    let again = store.server.get(permalink.trim_start_matches(&store.server.url));
    assert_eq!(rows(&again.json()).len(), 5);
    assert_eq!(again.json(), kept, "the same rows for ever");
    says(again.header("cache-control"), &["immutable"]);
    says(again.header("memento-datetime"), &["GMT"]);
    says(again.header("link"), &["rel=\"original timegate\"", "rel=\"timemap\""]);
    assert_eq!(again.header("competency-version"), first);

    let both = |path: &str| {
        let joint = if path.contains('?') { '&' } else { '?' };
        (store.server.get(&format!("{path}{joint}version=1")).body, store.server.get(path).body)
    };
    let ask = "/sparql?query=ASK%7B%3Fl%20a%20cg%3ALevel%3B%20cg%3Arequires%20competency%3Aoauth%7D";
    assert!(both(ask).0.contains("true") && both(ask).1.contains("false"));
    for path in [
        "/graphs/gitlab/security-engineer",
        "/export/all.nq",
        "/api/explain?question=levels-requiring&competency=OAuth&row=1",
        OAUTH,
    ] {
        let (before, after) = both(path);
        assert!(before != after, "{path}");
    }
    let (before, after) = both("/id/competency/oauth");
    assert_ne!(before, after);
    // By POST and by the first digits as well; a version that is not there is told.
    let posted = store.server.post(
        &format!("/sparql?version={}", &first[..8]),
        "application/sparql-query",
        "text/csv",
        "ASK { ?l a cg:Level ; cg:requires competency:oauth }",
    );
    assert_eq!(posted.body, "true");
    store.server.get(&format!("{OAUTH}&version=99")).problem(404, "unknown-version");
    store.server.get(&format!("{OAUTH}&version=1&version=2")).problem(400, "two-versions");

    let date = again.header("memento-datetime").to_owned();
    let old =
        store.server.send("GET", OAUTH, &[("accept-datetime", "Thu, 01 Jan 1970 00:00:00 GMT"), ("accept", "application/json")]);
    assert!(old.status == 200 || old.status == 302, "{}", old.status);
    assert_eq!(store.server.send("GET", OAUTH, &[("accept-datetime", "yesterday")]).status, 400);
    assert!(!date.is_empty());
}

#[test]
fn the_log_tells_who_changed_what_and_a_revert_is_a_commit_of_its_own() {
    let store = Writable::new();
    let first = store.version();
    let second =
        store.send("POST", "/update?message=Only+for+AppSec", &[("content-type", "application/sparql-update")], MOVE).json();
    let second = second["version"].as_str().unwrap().to_owned();
    let log = store.server.get("/api/history?limit=1").json();
    assert_eq!((&log["commits"][0]["message"], &log["commits"][0]["author"]), (&"Only for AppSec".into(), &"ada".into()));
    assert_eq!(log["commits"][0]["parent"], first);
    let rest = store.server.get(log["next"].as_str().unwrap()).json();
    assert_eq!((&rest["commits"][0]["digest"], &rest["next"]), (&first.clone().into(), &Value::Null));
    let patch = store.server.get(&format!("/api/history/{second}/patch"));
    assert_eq!(patch.header("content-type"), "application/rdf-patch");
    assert_eq!((patch.body.matches("\nA ").count(), patch.body.matches("\nD ").count()), (1, 1));

    let differ = store.server.get(&format!("/api/history/difference?from={first}&to={second}&question=levels-requiring")).json();
    let moved = &differ["statements"]["moved"][0];
    assert_eq!(
        (moved["before"]["scope"][0].as_str(), moved["after"]["scope"][0].as_str()),
        (Some("Security Engineer"), Some("Application Security"))
    );
    let answers = differ["answers"].as_array().unwrap();
    assert!(answers.iter().any(|changed| changed["asked"].as_str().unwrap().contains("OAuth")
        && changed["rowsBefore"] == 5
        && changed["rowsAfter"] == 0));

    let undone = store.send("POST", &format!("/api/history/{second}/revert"), &[], "").json();
    assert_eq!(undone["commit"]["number"], 3);
    says(undone["commit"]["message"].as_str().unwrap(), &["Takes back", "Only for AppSec"]);
    assert_eq!(rows(&store.server.get(OAUTH).json()).len(), 5);
    let same = store.server.get(&format!("/api/history/difference?from={first}")).json();
    assert!(
        ["added", "removed", "reworded", "moved", "changed"]
            .iter()
            .all(|kind| same["statements"][kind].as_array().unwrap().is_empty())
    );
    assert_ne!(store.version(), first);
}

#[test]
fn statements_that_came_went_or_were_reworded_are_told_apart() {
    let store = Writable::new();
    let page = "https://w3id.org/competency-graph/graph/gitlab/security-engineer";
    store.updated(&format!(
        "DELETE {{ GRAPH <{page}> {{ ?s skos:prefLabel ?old }} }} INSERT {{ GRAPH <{page}> {{ ?s skos:prefLabel \"In other words\"@en }} }}
         WHERE {{ GRAPH <{page}> {{ ?s cg:hasMention/cg:competency competency:oauth ; cg:appliesTo ?role ; skos:prefLabel ?old }} }}"
    ));
    let told = run(&["history", "--store", store.store.path(), "1", "2"]).succeeds();
    says(&told, &["~ reworded:", "-> In other words (Security Engineer)"]);
    assert_eq!(told.lines().count(), 1, "{told}");
    says(&run(&["history", "--store", store.store.path()]).succeeds(), &["The first version", "ada: "]);
    says(&run(&["history", "--store", store.store.path(), "2"]).succeeds(), &["A <", "D <", "In other words"]);
    says(&run(&["history", "--store", store.store.path(), "7"]).fails(), &["no version `7`"]);
}

#[test]
fn a_backup_of_a_store_in_use_is_whole_and_so_is_what_is_restored_exported_and_imported() {
    let store = Writable::new();
    store.updated(MOVE);
    let path = |name: &str| store.store.file(name).display().to_string();
    let (copy, restored, text, imported) =
        (path("copy.sqlite"), path("restored.sqlite"), path("all.txt"), path("imported.sqlite"));
    says(&run(&["backup", "--store", store.store.path(), &copy]).succeeds(), &["2 versions", "as its digests say"]);
    says(&run(&["backup", "--store", store.store.path(), &copy]).fails(), &["exists already"]);
    store.updated("CLEAR ALL");
    run(&["restore", "--store", &restored, &copy]).succeeds();
    let exported = run(&["history", "--store", &copy, "--export", &text]);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    run(&["init", "--store", &imported, "--history", &text]).succeeds();
    let answers = |store: &str| run(&["question", "--store", store, "roles", "--format", "csv"]).succeeds();
    let log = |store: &str| run(&["history", "--store", store]).succeeds();
    for other in [&restored, &imported] {
        assert_eq!((answers(other), log(other)), (answers(&copy), log(&copy)));
        run(&["check", "--store", other]).succeeds();
    }
    // One digit of it wrong, and it is refused, with nothing left behind.
    let whole = std::fs::read_to_string(&text).unwrap();
    let other = path("other.sqlite");
    let (system, commits) = whole.split_at(whole.find("# commit").unwrap());
    let (in_system, in_commits) = (system.replacen("appliesTo", "appliesTu", 1), commits.replacen("appliesTo", "appliesTu", 1));
    for spoilt in [in_system + commits, system.to_owned() + &in_commits, system.to_owned()] {
        std::fs::write(&text, spoilt).unwrap();
        says(&run(&["init", "--store", &other, "--history", &text]).fails(), &["no exported history"]);
        assert!(!store.store.file("other.sqlite").exists());
    }
    says(&run(&["init", "--store", &copy]).fails(), &["exists already"]);
}

#[test]
fn damage_is_found_and_told() {
    let store = Store::new();
    let path = store.path();
    says(&store.is_sound(), &["Sound: 1 versions"]);
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute("UPDATE commits SET message = 'Another one'", []).unwrap();
    drop(connection);
    let found = run(&["check", "--store", path]);
    assert_eq!(found.code, Some(1));
    says(&found.stdout, &["commit 1"]);
    let other = store.file("other.txt");
    std::fs::write(&other, "no database at all, but long enough to be read as one by somebody who does not look").unwrap();
    says(&run(&["check", "--store", other.to_str().unwrap()]).fails(), &["no store of this program"]);
    says(&run(&["serve", "--store", "/nowhere/kb.sqlite"]).fails(), &["no store at /nowhere/kb.sqlite", "competency init"]);
}

#[test]
fn pages_are_read_into_a_store_by_one_commit_and_read_again_by_none() {
    let store = Writable::new();
    let ingest =
        || run(&["ingest", "examples/handbook", "--organization", "Harbour", "--into", store.store.path(), "--author", "rita"]);
    let said = ingest();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    says(&said.stdout, &["Version ", "kb.sqlite: +"]);
    crate::support::eventually("the pages", || rows(&store.server.ask("roles", &[]).json()).len() > 1);
    says(&store.server.get("/api/history?limit=1").body, &["\"rita\"", "Read examples/handbook/"]);
    says(&ingest().stdout, &["nothing was committed"]);
    assert_eq!(store.server.get("/api/history").json()["commits"].as_array().unwrap().len(), 2);
    store.store.is_sound();
}
