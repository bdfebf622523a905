//! The rules: each is Datalog, says why, and adds what the SPARQL engine would add.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use competency_graph::files::Files;
use competency_graph::infer::Rules;
use competency_graph::load;
use competency_graph::store::Store;
use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, Quad, Triple};

fn rules() -> Rules {
    let (rules, problems) = Rules::read(&Files::bundled_ontology());
    assert_eq!(problems, []);
    rules
}

fn bundled() -> Vec<Quad> {
    let mut quads = load::quads(&Files::bundled_data()).0;
    quads.extend(load::ontology_quads(&Files::bundled_ontology()).0);
    quads
}

/// Rules given as text, by name.
fn read(rules: &[(&str, &str)]) -> (Rules, Vec<String>) {
    let content = rules.iter().map(|(name, text)| (format!("rules/{name}.rq"), text.as_bytes().to_vec())).collect();
    let (rules, problems) = Rules::read(&Files { root: "ontology".to_owned(), content });
    (rules, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn the_sparql_engine_comes_to_the_same() {
    let (rules, stated) = (rules(), bundled());
    let store = Store::new().unwrap();
    store.insert(stated.clone()).unwrap();
    let mut known: BTreeSet<String> = stated.iter().map(|quad| Triple::from(quad.clone()).to_string()).collect();
    let mut by_engine: BTreeSet<String> = BTreeSet::new();
    loop {
        let mut added = Vec::new();
        for rule in &rules.0 {
            for triple in store.construct(rule.rq.query.clone()).unwrap() {
                if known.insert(triple.to_string()) {
                    let quad = triple.in_graph(rule.graph.clone());
                    by_engine.insert(quad.to_string());
                    added.push(quad);
                }
            }
        }
        if added.is_empty() {
            break;
        }
        store.insert(added).unwrap();
    }
    let ours: BTreeSet<String> = rules.infer(&stated).quads.iter().map(ToString::to_string).collect();
    assert!(!ours.is_empty());
    assert_eq!(ours, by_engine);
}

#[test]
fn no_triple_stands_in_two_graphs() {
    let stated = bundled();
    let inferred = rules().infer(&stated).quads;
    let mut graphs: BTreeMap<String, GraphName> = BTreeMap::new();
    for quad in stated.into_iter().chain(inferred) {
        let (graph, triple) = (quad.graph_name.clone(), plain(&quad));
        assert_eq!(graphs.entry(triple.clone()).or_insert_with(|| graph.clone()), &graph, "{triple}");
    }
}

/// A world is Turtle in which `#+ follows` lines name what must follow, and nothing else may in the graphs they name.
#[test]
fn each_small_world_yields_what_it_says_and_no_more() {
    let rules = rules();
    let ontology = load::ontology_quads(&Files::bundled_ontology()).0;
    let mut used = BTreeSet::new();
    for entry in fs::read_dir("tests/it/cases/rules").unwrap() {
        let path = entry.unwrap().path();
        let world = fs::read_to_string(&path).unwrap();
        let turtle = |text: &str| -> Vec<Quad> {
            let prefixes: String =
                world.lines().filter(|line| line.starts_with("@prefix")).map(|line| format!("{line}\n")).collect();
            RdfParser::from_format(RdfFormat::Turtle)
                .for_slice(format!("{prefixes}{text}").as_bytes())
                .map(Result::unwrap)
                .collect()
        };
        let mut stated = turtle(&world.lines().filter(|line| !line.starts_with("@prefix")).collect::<Vec<_>>().join("\n"));
        stated.extend(ontology.iter().cloned());
        let expected: Vec<Quad> =
            turtle(&world.lines().filter_map(|line| line.strip_prefix("#+ follows:")).collect::<Vec<_>>().join("\n"));
        let predicates: BTreeSet<&str> = expected.iter().map(|quad| quad.predicate.as_str()).collect();
        let inferred = rules.infer(&stated).quads;
        let of_the_world =
            |quad: &&Quad| predicates.contains(quad.predicate.as_str()) && quad.subject.to_string().contains("example.org");
        let found: BTreeSet<String> = inferred.iter().filter(of_the_world).map(plain).collect();
        assert_eq!(found, expected.iter().map(plain).collect(), "{}", path.display());
        used.extend(
            inferred
                .iter()
                .filter(|quad| quad.subject.to_string().contains("example.org"))
                .map(|quad| quad.graph_name.to_string()),
        );
    }
    let kinds: BTreeSet<String> = rules.0.iter().map(|rule| rule.graph.to_string()).collect();
    assert_eq!(used, kinds, "every kind of inference has a world that shows it");
}

fn plain(quad: &Quad) -> String {
    Triple::from(quad.clone()).in_graph(GraphName::DefaultGraph).to_string()
}

#[test]
fn only_datalog_is_read() {
    let header = "#+ because: it is so.\n#+ infers: test\n";
    for (part, word) in [
        ("?a <x:p>+ ?b", "property path"),
        ("?a <x:p> ?b OPTIONAL { ?b <x:p> ?c }", "OPTIONAL"),
        ("{ ?a <x:p> ?b } UNION { ?b <x:p> ?a }", "UNION"),
        ("GRAPH <x:g> { ?a <x:p> ?b }", "GRAPH"),
        ("?a <x:p> ?b BIND(1 AS ?c)", "BIND"),
        ("?a <x:p> ?b MINUS { ?b <x:p> ?a }", "MINUS"),
        ("VALUES ?a { <x:a> } ?a <x:p> ?b", "VALUES"),
        ("{ SELECT ?a ?b { ?a <x:p> ?b } }", "sub-SELECT"),
        ("?a <x:p> ?b FILTER EXISTS { ?b <x:p> ?a }", "FILTER"),
        ("?a <x:p> ?b FILTER(STRLEN(STR(?a)) > 3)", "FILTER"),
        ("?a <x:p> ?b FILTER(?a != ?other)", "?other"),
        ("?a <x:p> _:b . ?b <x:p> ?a", "blank node"),
        ("?a ?p ?b", "predicate"),
        ("?a <x:p> ?c", "?b"),
    ] {
        let text = format!("{header}CONSTRUCT {{ ?a <x:q> ?b }} WHERE {{ {part} }}");
        let (rules, problems) = read(&[("bad", &text)]);
        assert!(rules.0.is_empty(), "{part} is refused");
        assert!(problems[0].starts_with("ontology/rules/bad.rq: ") && problems[0].contains(word), "{part}: {problems:?}");
    }
    let (_, problems) = read(&[("mute", "CONSTRUCT { ?a <x:q> ?b } WHERE { ?a <x:p> ?b }")]);
    assert!(problems[0].contains("because"), "{problems:?}");
}

#[test]
fn a_filter_compares_terms() {
    let rule = "#+ because: they differ.\n#+ infers: test\n\
                CONSTRUCT { ?a <x:other> ?b } WHERE { ?a <x:in> ?c . ?b <x:in> ?c FILTER(?a != ?b && ?a != <x:3>) }";
    let (rules, problems) = read(&[("others", rule)]);
    assert!(problems.is_empty(), "{problems:?}");
    let data = "<x:1> <x:in> <x:c> . <x:2> <x:in> <x:c> . <x:3> <x:in> <x:c> .";
    let quads: Vec<Quad> = RdfParser::from_format(RdfFormat::Turtle).for_slice(data.as_bytes()).map(Result::unwrap).collect();
    let found: BTreeSet<String> = rules.infer(&quads).quads.iter().map(plain).collect();
    let expected = [("1", "2"), ("1", "3"), ("2", "1"), ("2", "3")].map(|(a, b)| format!("<x:{a}> <x:other> <x:{b}>"));
    assert_eq!(found, expected.into_iter().collect());
}
