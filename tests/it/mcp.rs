//! The tools for agents, by a client of the protocol: over standard input and output, over HTTP, and by the inspector's command line.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientJsonRpcMessage, ReadResourceRequestParams, ResourceContents,
    ServerJsonRpcMessage, Tool,
};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::streamable_http_client::{
    SseError, StreamableHttpClient, StreamableHttpClientTransport, StreamableHttpClientTransportConfig, StreamableHttpError,
    StreamableHttpPostResponse,
};
use rmcp::{ServiceError, ServiceExt};
use serde_json::{Value, json};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio_stream::Stream;
use ureq::http::{HeaderName, HeaderValue};

use crate::durable::Writable;
use crate::support::{Server, client, program, says};

type Client = RunningService<RoleClient, ()>;

/// Runs a client against a process of its own, which ends with it.
fn over_stdio<T>(work: impl AsyncFnOnce(&Client) -> T) -> T {
    let mut child = program().arg("mcp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let done = runtime().block_on(async {
        let from = Receiver::from_owned_fd(OwnedFd::from(child.stdout.take().unwrap())).unwrap();
        let to = Sender::from_owned_fd(OwnedFd::from(child.stdin.take().unwrap())).unwrap();
        let client = ().serve((from, to)).await.unwrap();
        let done = work(&client).await;
        client.cancel().await.unwrap();
        done
    });
    assert!(child.wait().unwrap().success(), "the program ends when its client leaves");
    done
}

/// Runs a client against the shared server.
fn over_http<T>(work: impl AsyncFnOnce(&Client) -> T) -> T {
    with(&Server::shared(), work)
}

fn with<T>(server: &Server, work: impl AsyncFnOnce(&Client) -> T) -> T {
    runtime().block_on(async {
        let config = StreamableHttpClientTransportConfig::with_uri(format!("{}/mcp", server.url));
        let client = ().serve(StreamableHttpClientTransport::with_client(Posts, config)).await.unwrap();
        let done = work(&client).await;
        client.cancel().await.unwrap();
        done
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// The client's way to send: one POST a message, answered by JSON.
#[derive(Clone)]
struct Posts;

type Failure = StreamableHttpError<ureq::Error>;
type Events = Pin<Box<dyn Stream<Item = Result<sse_stream::Sse, SseError>> + Send>>;

impl StreamableHttpClient for Posts {
    type Error = ureq::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        _session: Option<Arc<str>>,
        _authorization: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let body = serde_json::to_string(&message)?;
        let answer = tokio::task::spawn_blocking(move || {
            let mut request = client().post(&*uri).header("content-type", "application/json");
            request = request.header("accept", "application/json, text/event-stream");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let mut response = request.send(&body)?;
            Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
        });
        match answer.await?.map_err(StreamableHttpError::Client)? {
            (202, _) => Ok(StreamableHttpPostResponse::Accepted),
            (_, text) => Ok(StreamableHttpPostResponse::Json(serde_json::from_str::<ServerJsonRpcMessage>(&text)?, None)),
        }
    }

    async fn delete_session(
        &self,
        _uri: Arc<str>,
        _session: Arc<str>,
        _authorization: Option<String>,
        _headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        Err(StreamableHttpError::ServerDoesNotSupportDeleteSession)
    }

    async fn get_stream(
        &self,
        _uri: Arc<str>,
        _session: Option<Arc<str>>,
        _last: Option<String>,
        _authorization: Option<String>,
        _headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failure> {
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}

async fn call(client: &Client, tool: &str, arguments: Value) -> CallToolResult {
    let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments.as_object().unwrap().clone());
    client.call_tool(request).await.unwrap()
}

/// What a tool says that did as asked.
#[track_caller]
fn content(result: &CallToolResult) -> &Value {
    assert_ne!(result.is_error, Some(true), "{result:?}");
    let structured = result.structured_content.as_ref().unwrap();
    let text = &result.content[0].as_text().unwrap().text;
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), *structured, "the text is for clients that read no structures");
    structured
}

/// What a tool complains of.
#[track_caller]
fn complaint(result: &CallToolResult) -> String {
    assert_eq!(result.is_error, Some(true), "{result:?}");
    result.content[0].as_text().unwrap().text.clone()
}

fn questions() -> BTreeSet<String> {
    fs::read_dir("queries").unwrap().map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn is_a_tool_for_each_question(tools: &[Tool]) {
    let names: BTreeSet<String> = tools.iter().map(|tool| tool.name.to_string()).collect();
    assert_eq!(names.len(), tools.len());
    for tool in tools {
        let hints = tool.annotations.as_ref().unwrap();
        assert_eq!((hints.read_only_hint, hints.destructive_hint, hints.open_world_hint), (Some(true), Some(false), Some(false)));
        assert!(tool.output_schema.is_some() && tool.description.as_ref().unwrap().len() > 40, "{}", tool.name);
    }
    assert!(questions().is_subset(&names), "{names:?}");
    assert!(["ask", "explain", "search", "sparql"].iter().all(|name| names.contains(*name)), "{names:?}");
    let requiring = tools.iter().find(|tool| tool.name == "levels-requiring").unwrap();
    assert_eq!(requiring.input_schema["required"], json!(["competency"]));
    assert_eq!(requiring.input_schema["properties"]["policy"]["default"], "strict");
    says(requiring.input_schema["properties"]["role"]["description"].as_str().unwrap(), &["Security Engineer"]);
}

async fn does_everything(client: &Client) {
    is_a_tool_for_each_question(&client.list_all_tools().await.unwrap());

    let answer = call(client, "levels-requiring", json!({ "competency": "oauth2" })).await;
    let answer = content(&answer);
    assert_eq!((answer["total"].as_u64(), answer["rows"].as_array().unwrap().len()), (Some(5), 5));
    assert_eq!((&answer["rows"][0]["grade"], &answer["policy"], &answer["next"]), (&json!(6), &json!("strict"), &Value::Null));

    let part = call(client, "levels-requiring", json!({ "competency": "OAuth", "limit": 2, "offset": 2 })).await;
    let part = content(&part);
    assert_eq!((part["rows"].as_array().unwrap().len(), &part["next"], &part["total"]), (2, &json!(4), &json!(5)));
    assert_eq!(part["rows"][0]["level"], answer["rows"][2]["level"]);
    says(part["rows"][0]["explain"].as_str().unwrap(), &["row=3"]);

    says(
        &answer["proofs"][0].to_string(),
        &["Technical Skills", "cc961373585e349daaada39cc6f5d8597f4c1a19538c60351f0482d6e4e00cc3"],
    );
    let why = json!({ "question": "levels-requiring", "arguments": { "competency": "OAuth" }, "row": 2 });
    let explained = call(client, "explain", why).await;
    says(&content(&explained)["proofs"].to_string(), &["because", "Technical Skills"]);
    let triple = json!({ "subject": "Senior", "predicate": "cg:requires", "object": "OAuth" });
    says(&content(&call(client, "explain", triple).await)["proofs"].to_string(), &["Technical Skills"]);

    let asked = call(client, "ask", json!({ "question": "which levels need to know oauth2?" })).await;
    let asked = content(&asked);
    assert_eq!(asked["call"], json!({ "tool": "levels-requiring", "arguments": { "competency": "OAuth" } }));
    assert_eq!(asked["answer"]["rows"].as_array().unwrap().len(), 5);
    let unsure = call(client, "ask", json!({ "question": "which levels don't need OAuth?" })).await;
    assert_eq!(content(&unsure)["unsure"][0]["call"]["tool"], "levels-requiring");

    let found = call(client, "search", json!({ "text": "golang", "class": "cg:Competency" })).await;
    assert_eq!(content(&found)["results"][0]["label"], "Go");

    let grade = "SELECT ?grade { ?level cg:grade ?grade ; rdfs:label \"Senior Security Engineer\"@en }";
    let rows = call(client, "sparql", json!({ "query": grade })).await;
    assert_eq!(content(&rows)["results"]["bindings"][0]["grade"]["value"], "7");
    let truth = call(client, "sparql", json!({ "query": "ASK { ?level a cg:Level }" })).await;
    assert_eq!(content(&truth)["boolean"], true);
    let triples = call(client, "sparql", json!({ "query": "CONSTRUCT WHERE { ?level cg:grade 7 }" })).await;
    says(content(&triples)["turtle"].as_str().unwrap(), &["cg:grade 7"]);

    let resources = client.list_all_resources().await.unwrap();
    assert_eq!(
        resources.iter().map(|resource| resource.uri.as_str()).collect::<Vec<_>>(),
        ["competency://ontology", "competency://catalogue"]
    );
    says(&read(client, "competency://ontology").await, &["cg:Competency", "cg:strengthens"]);
    let catalogue: Value = serde_json::from_str(&read(client, "competency://catalogue").await).unwrap();
    assert_eq!(catalogue["questions"].as_array().unwrap().len(), questions().len());
}

async fn read(client: &Client, uri: &str) -> String {
    let read = client.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap();
    match &read.contents[0] {
        ResourceContents::TextResourceContents { text, .. } => text.clone(),
        other => panic!("{other:?}"),
    }
}

async fn mistakes_are_told(client: &Client) {
    for (tool, arguments, parts) in [
        ("levels-requiring", json!({ "competency": "OAuht" }), &["`OAuht`", "did you mean OAuth?"][..]),
        ("levels-requiring", json!({}), &["needs `competency`"]),
        ("levels-requiring", json!({ "competence": "OAuth" }), &["did you mean competency?"]),
        ("levels-requiring", json!({ "competency": 7 }), &["`competency` is 7", "a label"]),
        ("levels-requiring", json!({ "competency": ["OAuth", "AWS"] }), &["2 times"]),
        ("levels-requiring", json!({ "competency": "OAuth", "limit": 0 }), &["`limit` is 0", "from 1 to 1000"]),
        ("explain", json!({ "question": "levels-requiring", "arguments": { "competency": "OAuth" }, "row": 6 }), &["6", "5"]),
        ("explain", json!({ "subject": "Senior", "predicate": "cg:requires" }), &["`object` is missing"]),
        ("search", json!({ "text": "x", "class": "cg:Levle" }), &["cg:Level"]),
        ("search", json!({ "text": " " }), &["`text` is missing"]),
        ("ask", json!({ "question": "x".repeat(501) }), &["more than 500"]),
        ("sparql", json!({ "query": "SELECT * { ?s" }), &["malformed", "line 1"]),
        ("sparql", json!({ "query": "DELETE WHERE { ?s ?p ?o }" }), &["update", "only read"]),
        ("sparql", json!({ "query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }" }), &["SERVICE"]),
        ("sparql", json!({ "query": "SELECT * { ?s ?p ?o }" }), &["more than 256 KiB", "LIMIT"]),
        ("sparql", json!({ "query": format!("SELECT * {{ {}?s ?p ?o{} }}", "{".repeat(40_000), "}".repeat(40_000)) }), &[]),
    ] {
        let result = call(client, tool, arguments).await;
        says(&complaint(&result), parts);
    }
    let unknown = client.call_tool(CallToolRequestParams::new("levels-requirin")).await;
    let Err(ServiceError::McpError(error)) = unknown else { panic!("{unknown:?}") };
    says(&error.message, &["`levels-requirin`", "levels-requiring"]);
    let absent = client.read_resource(ReadResourceRequestParams::new("competency://ontolgy")).await;
    let Err(ServiceError::McpError(error)) = absent else { panic!("{absent:?}") };
    says(&error.message, &["competency://ontology"]);
    assert!(!client.list_all_tools().await.unwrap().is_empty(), "and it goes on");
}

#[test]
fn a_client_over_standard_input_and_output_does_everything() {
    over_stdio(async |client| does_everything(client).await);
}

#[test]
fn a_client_over_http_does_everything() {
    over_http(async |client| does_everything(client).await);
}

#[test]
fn mistakes_are_told_with_the_nearest_match_over_both() {
    over_stdio(async |client| mistakes_are_told(client).await);
    over_http(async |client| mistakes_are_told(client).await);
    Server::shared().is_alive();
}

/// What a call gives keeps to what its tool says that it gives.
#[test]
fn every_question_answers_its_example_as_its_schema_says() {
    over_http(async |client| {
        for tool in client.list_all_tools().await.unwrap().iter().filter(|tool| questions().contains(&*tool.name)) {
            let properties = tool.input_schema["properties"].as_object().unwrap();
            let example = |schema: &Value| schema["examples"].get(0).cloned();
            let arguments: Value = properties
                .iter()
                .filter_map(|(name, schema)| Some((name.clone(), example(schema)?)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            let result = call(client, &tool.name, arguments).await;
            let answer = content(&result).as_object().unwrap();
            let output = tool.output_schema.as_ref().unwrap();
            for name in output["required"].as_array().unwrap() {
                assert!(answer.contains_key(name.as_str().unwrap()), "{} gives {name}", tool.name);
            }
            let rows = answer["rows"].as_array().unwrap();
            assert!(!rows.is_empty(), "{}", tool.name);
            for column in output["properties"]["rows"]["items"]["required"].as_array().unwrap() {
                assert!(rows.iter().all(|row| row.get(column.as_str().unwrap()).is_some()), "{}: {column}", tool.name);
            }
        }
    });
}

#[test]
fn a_tool_answers_from_an_earlier_version_where_versions_are_kept() {
    let store = Writable::new();
    let statement = "<https://w3id.org/competency-graph/id/gitlab/security-engineer/statement/team-player>";
    store.updated(&format!(
        "DELETE {{ GRAPH ?g {{ {statement} skos:prefLabel ?old }} }} INSERT {{ GRAPH ?g {{ {statement} skos:prefLabel \"Fits in\"@en }} }}
         WHERE {{ GRAPH ?g {{ {statement} skos:prefLabel ?old }} }}"
    ));
    with(&store.server, async |client| {
        let tools = client.list_all_tools().await.unwrap();
        assert!(tools.iter().all(|tool| tool.input_schema["properties"]["version"]["type"] == "string"));
        let asked = async |arguments: Value| content(&call(client, "requirements-of", arguments).await).to_string();
        says(&asked(json!({ "target": "Senior" })).await, &["\"Fits in\""]);
        says(&asked(json!({ "target": "Senior", "version": "1" })).await, &["\"Fits into a team"]);
        let query = format!("ASK {{ {statement} skos:prefLabel \"Fits in\"@en }}");
        says(&content(&call(client, "sparql", json!({ "query": query, "version": "1" })).await).to_string(), &["false"]);
        says(&complaint(&call(client, "roles", json!({ "version": "99" })).await), &["there is no version `99`"]);
    });
    over_http(async |client| {
        let tools = client.list_all_tools().await.unwrap();
        assert!(tools.iter().all(|tool| tool.input_schema["properties"]["version"].is_null()), "files have no versions");
    });
}

#[test]
fn pages_elsewhere_may_not_call_tools() {
    let server = Server::shared();
    let list = br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let send = |origin: &str| {
        let headers =
            [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"), ("Origin", origin)];
        server.exchange("POST", "/mcp", &headers, Some(list))
    };
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"] {
        send(origin).problem(403, "unknown-origin");
    }
    assert_eq!(send(&server.url).status, 200);
    let rebound = server.wire("POST /mcp HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    let listed = Server::start(&["--cors", "https://ours.example"]);
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("Origin", "https://ours.example"),
    ];
    assert_eq!(listed.exchange("POST", "/mcp", &headers, Some(list)).status, 200);
}

#[test]
fn the_inspector_lists_and_calls_tools() {
    let inspector = |arguments: &[&str]| Command::new("mcp-inspector").arg("--cli").args(arguments).stdin(Stdio::null()).output();
    if Command::new("mcp-inspector").args(["--cli", "--help"]).stdin(Stdio::null()).output().is_err() {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "the inspector is required here and missing");
        println!("skipped: the inspector is not installed (npm install --global @modelcontextprotocol/inspector)");
        return;
    }
    let server = Server::shared();
    let (program, url) = (env!("CARGO_BIN_EXE_competency"), format!("{}/mcp", server.url));
    for target in [&[program, "mcp"][..], &[url.as_str(), "--transport", "http"][..]] {
        let run = |method: &[&str]| {
            let output = inspector(&[target, method].concat()).unwrap();
            let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            serde_json::from_str::<Value>(&out).unwrap_or_else(|error| panic!("{error}: {out}{errors}"))
        };
        let tools = run(&["--method", "tools/list"]);
        assert!(tools["tools"].as_array().unwrap().iter().any(|tool| tool["name"] == "levels-requiring"), "{tools}");
        let method = ["--method", "tools/call", "--tool-name", "levels-requiring", "--tool-arg", "competency=OAuth"];
        assert_eq!(run(&method)["structuredContent"]["total"], 5);
        assert_eq!(run(&["--method", "resources/list"])["resources"][0]["uri"], "competency://ontology");
    }
}
