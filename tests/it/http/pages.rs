//! The start page, health, and what holds for every answer.

use crate::http::ZIG;
use crate::support::{Data, Server, has_script_of_its_own, says};

/// The targets of a page's links, with the text as the browser reads it.
pub fn links(page: &str) -> Vec<String> {
    let targets = page.split("href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    targets.map(|target| target.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

#[test]
fn the_server_says_that_it_lives_and_from_which_version_it_answers() {
    let server = Server::shared();
    let health = server.get("/healthz");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    let ready = server.get("/readyz");
    let version = server.ask("roles", &[]).json()["version"].as_str().unwrap().to_owned();
    assert_eq!((ready.status, ready.body), (200, format!("ready: {version}\n")));
}

#[test]
fn every_link_of_the_start_page_works_and_leads_to_each_question() {
    let server = Server::shared();
    let page = server.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let links = links(&page.body);
    for link in links.iter().filter(|link| !link.starts_with('#')) {
        let answer = server.get(link.strip_prefix(&server.url).unwrap_or(link));
        assert_eq!(answer.status, 200, "{link}: {}", answer.body);
    }
    let listed = server.get("/api/questions").json();
    for question in listed["questions"].as_array().unwrap() {
        let path = format!("/questions/{}", question["id"].as_str().unwrap());
        let asked = links.iter().find(|link| link.split('?').next() == Some(&path)).unwrap_or_else(|| panic!("{path}"));
        let page = server.get(asked);
        let of_question: Vec<String> =
            self::links(&page.body).into_iter().filter(|link| link.starts_with(&format!("/api{path}"))).collect();
        assert_eq!(of_question.len(), 2, "{path} as CSV and as JSON");
        assert!(server.get(&of_question[0]).header("content-type").starts_with("text/csv"));
        assert_eq!(server.get(&of_question[1]).header("content-type"), "application/json");
    }
}

#[test]
fn the_query_of_the_workbench_runs_as_its_form_sends_it() {
    let server = Server::shared();
    let page = server.get_as("/sparql", "text/html").body;
    says(&page, &["<form action=\"/sparql\" method=\"post\"", "name=\"query\""]);
    let query = page.split_once("<textarea").unwrap().1.split_once('>').unwrap().1.split_once("</textarea>").unwrap().0;
    let query = query.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    let form = crate::support::form(&[("query", &query)]);
    let answer = server.post("/sparql", "application/x-www-form-urlencoded", "text/csv", &form);
    assert_eq!((answer.status, answer.body.lines().count()), (200, 1 + 5), "{}", answer.body);
    // A query that the page of an answer hands over.
    let page = server.get_as("/sparql?edit=ASK%20%7B%7D%3C%2Ftextarea%3E", "text/html").body;
    says(&page, &["ASK {}&#60;/textarea&#62;</textarea>"]);
}

#[test]
fn what_is_asked_in_words_leads_to_the_page_that_answers_it() {
    let server = Server::shared();
    let led = server.exchange("GET", "/ask?q=which+levels+need+to+know+oauth2%3F", &[], None);
    assert_eq!(
        (led.status, led.header("location"), led.header("cache-control")),
        (303, "/questions/levels-requiring?competency=OAuth", "no-store")
    );
    let unsure = server.get("/ask?q=hello+there");
    says(&unsure.body, &["What did you mean?"]);
    assert_eq!(unsure.header("cache-control"), "no-store");
    assert_eq!(server.get("/gap?have=Python&target=SIRT").header("cache-control"), "no-store");
    assert_eq!(server.get("/questions/gap?have=Python&target=SIRT").header("cache-control"), "no-store");
}

#[test]
fn the_page_of_a_document_has_each_of_its_items_placed_or_left_out() {
    let server = Server::shared();
    let count = |filter: &str| -> usize {
        let query = format!(
            "SELECT (COUNT(DISTINCT ?e) AS ?n) {{ ?e cg:sourceDocument ?d . ?d rdfs:label \"Security Engineer job family\"@en . {filter} }}"
        );
        server.query_as(&query, "text/csv").body.lines().nth(1).unwrap().trim().parse().unwrap()
    };
    let (left_out, all) = (count("?e a cg:Omission"), count(""));
    let page = server.get("/review?document=Security+Engineer+job+family").body;
    assert!(left_out > 0);
    says(&page, &[&format!("{} items are placed, {left_out} are left out", all - left_out)]);
    assert_eq!(page.matches("<span class=\"kind\">left out</span>").count(), left_out);
    assert_eq!(page.matches("<li class=\"is-").count(), all);
}

#[test]
fn a_page_tells_of_a_mistake_with_the_status_of_the_api() {
    let server = Server::shared();
    for (path, status, says_so) in [
        ("/questions/nowhere", 404, "There is no question `nowhere`."),
        ("/questions/levels-requiring?competency=oatuh", 422, "OAuth"),
        ("/compare?a=Senior&b=nobody", 422, "nobody"),
        ("/gap?have=Pyton&target=SIRT", 422, "Python"),
        ("/explore?thing=nothing-of-the-kind", 404, "Nothing is called"),
        ("/explain?question=levels-requiring&competency=OAuth&row=9", 404, "row 9"),
        ("/ladder?role=nobody", 422, "nobody"),
        ("/ladder?nothing=1", 400, "no parameter `nothing`"),
        ("/review?document=nothing", 404, "No document"),
        ("/history", 404, "no history"),
    ] {
        let page = server.get(path);
        assert_eq!((page.status, page.header("content-type")), (status, "text/html; charset=utf-8"), "{path}");
        says(&page.body, &[says_so, "role=\"alert\""]);
    }
}

#[test]
fn no_answer_may_run_scripts_or_be_taken_for_another_type() {
    let server = Server::shared();
    for path in ["/", "/style.css", "/healthz", "/api/questions", "/api/questions/roles", "/nowhere", "/sparql?query=ASK%7B%7D"] {
        let answer = server.get(path);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        says(answer.header("content-security-policy"), &["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]);
    }
    assert!(!has_script_of_its_own(&server.get("/").body));
}

#[test]
fn a_name_with_markup_stays_text() {
    let data = Data::copy();
    data.write("more.ttl", ZIG);
    let server = Server::start(&["--data", data.path()]);
    let name = "Zig \"the\" <script>alert('x')</script>, & more";

    let json = server.ask("competency-tree", &[("root", name)]);
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.json()["rows"][0]["competencyLabel"], name);

    let csv = server.ask("competency-tree", &[("root", "competency:zig"), ("format", "csv")]);
    let mut reader = csv::Reader::from_reader(csv.body.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert!(row.iter().any(|cell| cell == name), "{row:?}");

    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(!has_script_of_its_own(&page.body), "{}", page.body);
    let problem = server.ask("competency-tree", &[("root", "zig the <script>alert(x)</script>")]).problem(422, "unknown-value");
    assert_eq!(problem["near"][0], name);
}

#[test]
fn a_path_that_is_not_there_names_the_nearest() {
    let server = Server::shared();
    let problem = server.get("/api/question").problem(404, "not-found");
    says(problem["detail"].as_str().unwrap(), &["/api/question"]);
    assert_eq!(problem["near"][0], "/api/questions");
    server.get("/%ff%00%3Cscript%3E").problem(404, "not-found");
}

#[test]
fn a_method_that_a_path_does_not_take_is_told_with_those_it_takes() {
    let server = Server::shared();
    for path in ["/", "/api/questions", "/api/questions/roles", "/healthz"] {
        let answer = server.post(path, "text/plain", "*/*", "x");
        let problem = answer.problem(405, "method-not-allowed");
        says(problem["detail"].as_str().unwrap(), &[path, "POST"]);
        says(answer.header("allow"), &["GET"]);
    }
}

#[test]
fn head_gives_the_headers_alone() {
    use std::io::Read;
    let server = Server::shared();
    let mut stream = server.raw("HEAD /api/questions/roles HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    says(&answer, &["content-type: application/json\r\n"]);
}
