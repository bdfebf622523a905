//! What the server tells about itself.

use crate::support::{Data, PAGE, Server, eventually, says};

/// The value of one line of the metrics.
#[track_caller]
pub fn value(server: &Server, series: &str) -> f64 {
    let text = server.get("/metrics").body;
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("`{series}` is not in:\n{text}")).parse().unwrap()
}

#[test]
fn requests_are_counted_by_route_and_class() {
    let server = Server::start(&[]);
    for _ in 0..3 {
        server.ask("levels-requiring", &[("competency", "OAuth")]).json();
    }
    server.ask("levels-requiring", &[]);
    server.query("ASK {}");
    server.query("nonsense");
    let route = |route: &str, status: &str| format!("competency_http_requests_total{{route=\"{route}\",status=\"{status}\"}}");
    eventually("the last answer is counted", || value(&server, &route("/sparql", "4xx")) == 1.0);
    assert_eq!(value(&server, &route("/api/questions/{id}", "2xx")), 3.0);
    assert_eq!(value(&server, &route("/api/questions/{id}", "4xx")), 1.0);
    assert_eq!(value(&server, &route("/sparql", "2xx")), 1.0);
    let duration = "competency_http_request_duration_seconds";
    assert_eq!(value(&server, &format!("{duration}_count{{route=\"/api/questions/{{id}}\"}}")), 4.0);
    assert_eq!(value(&server, &format!("{duration}_bucket{{route=\"/api/questions/{{id}}\",le=\"+Inf\"}}")), 4.0);
    assert!(value(&server, &format!("{duration}_sum{{route=\"/api/questions/{{id}}\"}}")) > 0.0);
    assert_eq!(value(&server, "competency_http_requests_in_flight"), 1.0, "the one that asks");
    assert!(value(&server, "competency_connections") >= 1.0);
}

#[test]
fn paths_that_do_not_exist_count_as_one() {
    let server = Server::start(&[]);
    for number in 0..20 {
        server.get(&format!("/secret-{number}"));
        server.get(&format!("/api/questions/secret-{number}"));
    }
    server.wire_head("INVENTED /secret", &["Host: evil.example"]);
    let other = "competency_http_requests_total{route=\"other\",status=\"4xx\"}";
    eventually("all are counted", || value(&server, other) == 21.0);
    let text = server.get("/metrics").body;
    assert!(!text.contains("secret") && !text.contains("INVENTED") && !text.contains("evil"), "{text}");
}

#[test]
fn the_metrics_are_well_formed() {
    let server = Server::start(&[]);
    server.get("/");
    let answer = server.get("/metrics");
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let (mut family, mut kind) = (String::new(), String::new());
    for line in answer.body.lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            let (name, of) = head.split_once(' ').unwrap();
            (family, kind) = (name.to_owned(), of.to_owned());
        } else if !line.starts_with("# HELP ") {
            let (series, number) = line.rsplit_once(' ').unwrap();
            assert!(number.parse::<f64>().is_ok(), "{line}");
            let suffix = series.split('{').next().unwrap().strip_prefix(family.as_str()).unwrap_or_else(|| panic!("{line}"));
            assert!(suffix.is_empty() || kind == "histogram" && ["_bucket", "_sum", "_count"].contains(&suffix), "{line}");
            assert_eq!(kind == "counter", family.ends_with("_total"), "{line}");
        }
    }
    let buckets: Vec<f64> = answer
        .body
        .lines()
        .filter(|line| line.starts_with("competency_http_request_duration_seconds_bucket{route=\"/\","))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
        .collect();
    assert!(buckets.len() > 5 && buckets.is_sorted(), "{buckets:?}");
}

#[test]
fn a_query_under_way_is_counted_until_it_ends() {
    let server = Server::start(&[]);
    assert_eq!(value(&server, "competency_queries_under_way"), 0.0);
    let body = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }";
    let length = body.len();
    let endless = server.raw(&format!(
        "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    eventually("the query runs", || value(&server, "competency_queries_under_way") == 1.0);
    drop(endless);
    eventually("the query is ended", || value(&server, "competency_queries_under_way") == 0.0);
}

#[test]
fn the_data_and_its_reloads_are_told() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let version = || server.get("/readyz").body.trim().strip_prefix("ready: ").unwrap().to_owned();
    let info = || format!("competency_generation_info{{version=\"{}\"}} 1", version());
    let reloads = |outcome: &str| value(&server, &format!("competency_reloads_total{{outcome=\"{outcome}\"}}"));
    says(&server.get("/metrics").body, &[&info()]);
    assert!(value(&server, "competency_triples{kind=\"stated\"}") > 1000.0);
    assert!(value(&server, "competency_triples{kind=\"inferred\"}") > 100.0);
    let loaded = value(&server, "competency_generation_loaded_timestamp_seconds");
    assert!(loaded + 1.0 >= value(&server, "process_start_time_seconds").floor());
    assert_eq!((reloads("published"), reloads("refused")), (0.0, 0.0));

    let good = data.read(PAGE);
    data.write(PAGE, &format!("{good}\n<x> <y> ."));
    eventually("the bad edit is counted", || reloads("refused") >= 1.0);
    assert_eq!(reloads("published"), 0.0);
    data.write(PAGE, &good.replace("\"Senior Security Engineer\"@en", "\"Seasoned Security Engineer\"@en"));
    eventually("the good edit is counted", || reloads("published") >= 1.0);
    says(&server.get("/metrics").body, &[&info()]);
    assert!(value(&server, "competency_generation_loaded_timestamp_seconds") >= loaded);
}
