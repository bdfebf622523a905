//! What the bundled data costs: to load, infer and judge, to ask one question of, and to prove and check what follows.
//! Run with `cargo bench`. Figures of one run compare with each other only: each is also given as a ratio to a floor
//! measured in the same run (parsing the same files and dropping the quads; evaluating the bound query with nothing around it).

use std::time::{Duration, Instant};

use competency_graph::catalogue::names::Names;
use competency_graph::explain::check::Checker;
use competency_graph::explain::{About, Explanation, Proof, Prover, triple};
use competency_graph::files::Files;
use competency_graph::infer::Rules;
use competency_graph::knowledge::{Generation, Origin};
use competency_graph::load;
use competency_graph::store::Store;
use competency_graph::validate::Judge;
use oxigraph::model::Triple;

fn main() {
    let (data, ontology) = (Files::bundled_data(), Files::bundled_ontology());
    let stated = || {
        let mut quads = load::quads(&data).0;
        quads.extend(load::ontology_quads(&ontology).0);
        quads
    };
    let rules = Rules::read(&ontology).0;
    let judge = Judge::read(&ontology).0.expect("the bundled shapes can be read");
    let quads = stated();
    let outcome = rules.infer(&quads);
    println!(
        "{} stated quads, {} inferred triples, {} rules, {} rounds\n",
        quads.len(),
        outcome.quads.len(),
        rules.0.len(),
        outcome.rounds
    );
    let all: Vec<_> = quads.iter().cloned().chain(outcome.quads).collect();
    let stored = |quads: Vec<_>| {
        let store = Store::new().expect("a store");
        store.insert(quads).expect("quads go in");
        store
    };
    let full = stored(all.clone());

    println!("Load, infer, judge (floor: parsing)");
    let floor = median(20, || (), |()| drop(stated()));
    show("parse", floor, floor);
    show("infer to the fixpoint", median(20, || (), |()| drop(rules.infer(&quads))), floor);
    show("insert into the store", median(20, || all.clone(), |all| drop(stored(all))), floor);
    show("read the names", median(20, || (), |()| drop(Names::read(&all))), floor);
    show("judge by shapes and checks", median(5, || (), |()| drop(judge.judge(&quads, &full).expect("a verdict"))), floor);
    show(
        "all but judging, as at start",
        median(20, || (), |()| drop(Generation::build(&Origin::default()).expect("a generation"))),
        floor,
    );

    println!("\nOne question (floor: evaluating the bound query)");
    let generation = Generation::build(&Origin::default()).expect("a generation");
    let twenty: Vec<(&str, &str)> = HAVE.iter().map(|have| ("have", *have)).collect();
    let with_twenty = |others: &[(&'static str, &'static str)]| [twenty.as_slice(), others].concat();
    for (id, arguments) in [
        ("levels-requiring", vec![("competency", "OAuth")]),
        ("requirements-of", vec![("target", "Distinguished"), ("policy", "cumulative")]),
        ("level-diff", vec![("from", "Intermediate"), ("to", "Senior")]),
        ("gap", with_twenty(&[("target", "Staff"), ("target", "SIRT")])),
        ("best-match", with_twenty(&[])),
        ("route", vec![("from", "Intermediate"), ("to", "Security Architect")]),
    ] {
        let arguments: Vec<(String, String)> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = generation.ask(id, &arguments).expect("an answer");
        let query = spargebra::SparqlParser::new().parse_query(&answer.sparql).expect("what is printed parses");
        let floor = median(100, || query.clone(), |query| drop(generation.store.select(query).expect("rows")));
        show(id, median(100, || (), |()| drop(generation.ask(id, &arguments).expect("an answer"))), floor);
    }

    println!("\nProofs (floor: inferring everything)");
    let inferred: Vec<Triple> = rules.infer(&quads).quads.into_iter().map(Triple::from).collect();
    let floor = median(20, || (), |()| drop(rules.infer(&quads)));
    let prove = || {
        let mut prover = Prover::new(&generation);
        inferred.iter().flat_map(|triple| prover.proofs(triple, 1).expect("a proof")).collect::<Vec<_>>()
    };
    let each = |time: Duration| time.as_secs_f64() * 1e6 / inferred.len() as f64;
    let time = median(5, || (), |()| drop(prove()));
    show(&format!("prove {} triples", inferred.len()), time, floor);
    println!("  {:<32} {:>9.2} µs", "each", each(time));
    let explanations: Vec<Explanation> = prove()
        .into_iter()
        .map(|step| {
            let proofs = vec![Proof { claims: vec![step.clone()], absent: Vec::new() }];
            Explanation { version: String::new(), about: About::Triple(step.triple.clone()), proofs }
        })
        .collect();
    let check = |()| {
        let mut checker = Checker::new(&generation).expect("a checker");
        for explanation in &explanations {
            checker.check(explanation).expect("a proof that holds");
        }
    };
    let time = median(3, || (), check);
    show("check them", time, floor);
    println!("  {:<32} {:>9.2} µs", "each", each(time));
    let one = &inferred[inferred.len() / 2];
    show("one proof by itself", median(100, || (), |()| drop(triple(&generation, one, 1).expect("a proof"))), floor);
}

/// What somebody may bring: twenty competencies and levels.
const HAVE: [&str; 20] = [
    "Senior",
    "Python: in-depth, 6 years",
    "AWS: experience, 3 years",
    "Linux: in-depth",
    "incident response: 2 years",
    "log analysis",
    "digital forensics: familiar",
    "penetration testing: 4 years",
    "OAuth",
    "SAML",
    "SQL: experience",
    "Ruby on Rails",
    "Go",
    "vulnerability management",
    "security monitoring",
    "written communication",
    "mentoring",
    "automation",
    "threat detection",
    "risk assessment",
];

fn median<T>(rounds: usize, prepare: impl Fn() -> T, work: impl Fn(T)) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let prepared = prepare();
            let start = Instant::now();
            work(prepared);
            start.elapsed()
        })
        .collect();
    times.sort();
    times[rounds / 2]
}

fn show(what: &str, time: Duration, floor: Duration) {
    println!("  {what:<32} {:>9.2} ms {:>7.2} x", time.as_secs_f64() * 1e3, time.as_secs_f64() / floor.as_secs_f64());
}
