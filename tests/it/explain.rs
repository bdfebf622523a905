//! Proofs: of everything inferred and of every row, found by one way and verified by another; and none that is spoilt passes.

use std::collections::BTreeSet;
use std::sync::Arc;

use competency_graph::explain::check::{CheckError, Checker, check};
use competency_graph::explain::{
    About, Absence, Explanation, Proof, Prover, Reason, Step, document, naming, rdf, row, rows, triple,
};
use competency_graph::knowledge::{Generation, Origin};
use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, NamedNode, Quad, Term, Triple};

use crate::answers::golden;
use crate::support::says;

fn generation() -> Generation {
    Generation::build(&Origin::default()).unwrap()
}

/// Data of a test's own, which need not be fit to publish.
fn world(turtle: &str) -> Generation {
    let folder = tempfile::tempdir().unwrap();
    let prefixes = "@prefix : <http://example.org/> . @prefix cg: <https://w3id.org/competency-graph/ontology#> . \
                    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n";
    std::fs::write(folder.path().join("world.ttl"), format!("{prefixes}{turtle}")).unwrap();
    Generation::draft(&Origin { data: Some(folder.path().to_owned()), ..Origin::default() }).unwrap()
}

fn inferred(generation: &Generation) -> Vec<Quad> {
    let quads = generation.store.quads(None).unwrap();
    quads.into_iter().filter(|quad| generation.rules.fill(&quad.graph_name)).collect()
}

fn read(generation: &Generation, line: &str, limit: usize) -> Explanation {
    triple(generation, &naming::read(generation, line).unwrap(), limit).unwrap()
}

fn ask(generation: &Generation, id: &str, arguments: &[(&str, &str)], number: usize) -> Explanation {
    let arguments: Vec<(String, String)> =
        arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    row(generation, &generation.ask(id, &arguments).unwrap(), number, 1).unwrap()
}

/// All steps of a proof, conclusions before premises.
fn steps(step: &Step) -> Vec<&Step> {
    let premises = match &step.reason {
        Reason::Derived { premises, .. } => premises.as_slice(),
        Reason::Stated { .. } => &[],
    };
    [step].into_iter().chain(premises.iter().flat_map(|premise| steps(premise))).collect()
}

fn all_steps(explanation: &Explanation) -> Vec<&Step> {
    explanation.proofs.iter().flat_map(|proof| &proof.claims).flat_map(|claim| steps(claim)).collect()
}

fn rules(explanation: &Explanation) -> Vec<String> {
    let rule = |step: &Step| match &step.reason {
        Reason::Derived { rule, .. } => Some(rule.clone()),
        Reason::Stated { .. } => None,
    };
    all_steps(explanation).into_iter().filter_map(rule).collect()
}

#[test]
fn everything_inferred_has_a_proof_that_passes_the_check() {
    let generation = generation();
    let (mut prover, mut checker) = (Prover::new(&generation), Checker::new(&generation).unwrap());
    let all = inferred(&generation);
    assert!(all.len() > 3000, "{}", all.len());
    let mut used = BTreeSet::new();
    for quad in all {
        let triple = Triple::from(quad);
        let proofs = prover.proofs(&triple, 1).unwrap();
        let [step] = proofs.as_slice() else { panic!("{triple} has no proof") };
        let Reason::Derived { rule, .. } = &step.reason else { panic!("{triple} is inferred") };
        used.insert(rule.clone());
        let proofs = vec![Proof { claims: vec![step.clone()], absent: Vec::new() }];
        let explanation = Explanation { version: generation.version.clone(), about: About::Triple(triple), proofs };
        checker.check(&explanation).unwrap();
    }
    assert_eq!(used, generation.rules.0.iter().map(|rule| rule.id.clone()).collect(), "every rule proves something");
}

#[test]
fn every_row_of_every_golden_answer_has_a_proof_that_passes_the_check() {
    let generation = generation();
    let mut checker = Checker::new(&generation).unwrap();
    for case in golden() {
        let call = format!("{} {:?}", case.question, case.arguments);
        let answer = generation.ask(&case.question, &case.arguments).unwrap();
        let explanations = rows(&generation, &answer, 1).unwrap_or_else(|error| panic!("{call}: {error}"));
        assert_eq!(explanations.len(), answer.rows.len());
        for explanation in explanations {
            checker.check(&explanation).unwrap_or_else(|error| panic!("{call}: {error}"));
        }
    }
}

#[test]
fn every_question_says_what_its_rows_claim() {
    for question in generation().catalogue.questions() {
        assert!(!question.explains.is_empty(), "{}", question.id);
    }
}

#[test]
fn the_proof_of_senior_requires_oauth_ends_at_the_role_wide_statement_and_its_place() {
    let generation = generation();
    let explanation = read(&generation, "Senior requires OAuth", 1);
    assert_eq!(rules(&explanation), ["requires-what-its-statements-name", "holds-at-every-level-of-the-role"]);
    let applies =
        all_steps(&explanation).into_iter().find(|step| step.triple.predicate.as_str().ends_with("#appliesTo")).unwrap();
    assert!(applies.triple.object.to_string().ends_with("/gitlab/security-engineer>"), "it is said of the whole role");
    let Reason::Stated { graphs, source, evidence } = &applies.reason else { panic!("it is stated") };
    assert_eq!((graphs.len(), source.is_some()), (1, true));
    let [evidence] = evidence.as_slice() else { panic!("one item says so") };
    assert!(evidence.entity.as_str().ends_with("/statement/authentication-technologies"));
    assert_eq!(
        (evidence.section.as_str(), evidence.position),
        ("Responsibilities for Security Engineer roles › Technical Skills", 3)
    );
    assert_eq!(evidence.digest, "cc961373585e349daaada39cc6f5d8597f4c1a19538c60351f0482d6e4e00cc3");
}

#[test]
fn a_duty_of_senior_that_comes_from_intermediate_is_proved_by_extension() {
    let explanation = read(&generation(), "Senior holds intermediate-triage", 20);
    assert_eq!(explanation.proofs.len(), 1, "there is no other way");
    assert_eq!(rules(&explanation), ["holds-by-extension", "holds-at-its-own-level"]);
    let Reason::Derived { because, .. } = &all_steps(&explanation)[0].reason else { panic!("it follows") };
    says(because, &["Senior Security Engineer extends Intermediate Security Engineer"]);
    let extends = all_steps(&explanation).into_iter().find(|step| step.triple.predicate.as_str().ends_with("#extends")).unwrap();
    let Reason::Stated { evidence, .. } = &extends.reason else { panic!("it is stated") };
    says(&evidence[0].section, &["Senior Security Engineer"]);
}

#[test]
fn what_a_progression_hands_on_is_proved_under_the_policy_cumulative_only() {
    let generation = generation();
    let strict = naming::read(&generation, "Staff holds senior-interviewing").unwrap();
    let error = triple(&generation, &strict, 1).unwrap_err().to_string();
    says(&error, &["no rule gives it", "Staff Security Engineer holds cumulatively"]);
    let cumulative = read(&generation, "Staff holds-cumulatively senior-interviewing", 1);
    assert_eq!(
        rules(&cumulative),
        ["holds-cumulatively-by-progression", "holds-cumulatively-what-holds", "holds-at-its-own-level"]
    );
    let arguments = [("target", "Staff"), ("policy", "cumulative")];
    let call: Vec<(String, String)> = arguments.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let answer = generation.ask("requirements-of", &call).unwrap();
    let at = answer.rows.iter().position(|row| row[0].as_ref().unwrap().to_string().ends_with("/senior-interviewing>")).unwrap();
    let explanation = row(&generation, &answer, at + 1, 1).unwrap();
    let About::Row(row) = &explanation.about else { panic!("of a row") };
    assert_eq!(row.policy.as_deref(), Some("cumulative"));
    let reads = &explanation.proofs[0].claims[0].triple;
    assert!(reads.subject.to_string().ends_with("#cumulative>") && reads.object.to_string().ends_with("#holdsCumulatively>"));
}

#[test]
fn an_answer_that_rests_on_absence_says_so() {
    let generation = generation();
    for (id, arguments, least) in [
        ("level-diff", &[("from", "Intermediate"), ("to", "Senior")][..], 2),
        ("shared-and-distinctive", &[("a", "SIRT"), ("b", "Trust & Safety")], 1),
        ("weak-spots", &[], 1),
    ] {
        assert!(ask(&generation, id, arguments, 1).proofs[0].absent.len() >= least, "{id}");
    }
    assert_eq!(ask(&generation, "levels-requiring", &[("competency", "OAuth")], 1).proofs[0].absent, []);
}

/// Two ways up of different lengths, with a detour that leads back.
const TWO_WAYS: &str = ":lamp a cg:Technology ; skos:broader :light , :device .
    :light a cg:Technology ; skos:broader :thing .
    :device a cg:Technology ; skos:broader :machine .
    :machine a cg:Technology ; skos:broader :thing .
    :thing a cg:Technology ; skos:broader :lamp .";

#[test]
fn the_smallest_proof_comes_first_and_each_comes_once() {
    let generation = world(TWO_WAYS);
    let explanation = read(&generation, "<http://example.org/lamp> cg:within <http://example.org/thing>", 20);
    let sizes: Vec<usize> = explanation.proofs.iter().map(|proof| steps(&proof.claims[0]).len()).collect();
    assert!(sizes.len() >= 2 && sizes.is_sorted(), "{sizes:?}");
    assert!(sizes[0] < sizes[1], "{sizes:?}");
    for (at, proof) in explanation.proofs.iter().enumerate() {
        assert!(!explanation.proofs[..at].contains(proof), "proof {at} is there twice");
    }
    assert_eq!(read(&generation, "<http://example.org/lamp> cg:within <http://example.org/thing>", 1).proofs.len(), 1);
    check(&generation, &explanation).unwrap();
}

#[test]
fn no_proof_rests_on_what_it_proves_though_the_data_goes_in_circles() {
    let circle =
        ":a cg:strengthens :b . :b cg:strengthens :c . :c cg:strengthens :d . :d cg:strengthens :a . :b cg:strengthens :d .";
    fn is_founded(step: &Step, above: &mut Vec<Triple>) {
        assert!(!above.contains(&step.triple), "{} rests on itself", step.triple);
        above.push(step.triple.clone());
        if let Reason::Derived { premises, .. } = &step.reason {
            premises.iter().for_each(|premise| is_founded(premise, above));
        }
        above.pop();
    }
    for turtle in [circle, TWO_WAYS] {
        let generation = world(turtle);
        let of_the_world = |quad: &Quad| quad.subject.to_string().contains("example.org");
        for quad in inferred(&generation).into_iter().filter(of_the_world) {
            let explanation = triple(&generation, &Triple::from(quad), 20).unwrap();
            assert!((1..=20).contains(&explanation.proofs.len()));
            explanation.proofs.iter().for_each(|proof| is_founded(&proof.claims[0], &mut Vec::new()));
            check(&generation, &explanation).unwrap();
        }
    }
}

#[test]
fn more_than_twenty_proofs_are_refused_and_none_is_no_number() {
    let generation = generation();
    let senior = naming::read(&generation, "Senior requires OAuth").unwrap();
    for limit in [0, 21] {
        says(&triple(&generation, &senior, limit).unwrap_err().to_string(), &["between 1 and 20"]);
    }
}

/// What a spoilt proof is refused for.
#[track_caller]
fn refused(generation: &Generation, explanation: &Explanation) -> String {
    match check(generation, explanation) {
        Err(error @ (CheckError::Refused(_) | CheckError::Ask(_))) => error.to_string(),
        other => panic!("{other:?}: {explanation:#?}"),
    }
}

/// The proof with one of its steps, counted as [`steps`] does, put through a change.
fn spoilt(step: &Step, at: &mut usize, change: &dyn Fn(&mut Step)) -> Arc<Step> {
    let mut step = step.clone();
    if *at == 0 {
        change(&mut step);
    }
    *at = at.wrapping_sub(1);
    if let Reason::Derived { premises, .. } = &mut step.reason {
        *premises = premises.iter().map(|premise| spoilt(premise, at, change)).collect();
    }
    Arc::new(step)
}

fn with(explanation: &Explanation, at: usize, change: &dyn Fn(&mut Step)) -> Explanation {
    let mut spoiled = explanation.clone();
    let mut at = at;
    for proof in &mut spoiled.proofs {
        proof.claims = proof.claims.iter().map(|claim| spoilt(claim, &mut at, change)).collect();
    }
    spoiled
}

fn proved(generation: &Generation) -> Vec<Explanation> {
    vec![
        read(generation, "Senior requires OAuth", 1),
        read(generation, "Distinguished holds-cumulatively senior-interviewing", 1),
        ask(generation, "levels-requiring", &[("competency", "OAuth")], 2),
        ask(generation, "level-diff", &[("from", "Intermediate"), ("to", "Senior")], 4),
    ]
}

#[test]
fn a_proof_with_a_premise_dropped_swapped_or_thrown_in_is_refused() {
    let generation = generation();
    let other = read(&generation, "SIRT holds sirt-on-call", 1).proofs[0].claims[0].clone();
    for explanation in proved(&generation) {
        check(&generation, &explanation).unwrap();
        for (at, step) in all_steps(&explanation).into_iter().enumerate() {
            let Reason::Derived { premises, .. } = &step.reason else { continue };
            for premise in 0..premises.len() {
                let dropped = with(&explanation, at, &|step| {
                    if let Reason::Derived { premises, .. } = &mut step.reason {
                        premises.remove(premise);
                    }
                });
                says(&refused(&generation, &dropped), &["does not give it from these premises"]);
                let swapped = with(&explanation, at, &|step| {
                    if let Reason::Derived { premises, .. } = &mut step.reason {
                        premises[premise] = other.clone();
                    }
                });
                says(&refused(&generation, &swapped), &["does not give it from these premises"]);
            }
            let more = with(&explanation, at, &|step| {
                if let Reason::Derived { premises, .. } = &mut step.reason {
                    premises.push(other.clone());
                }
            });
            says(&refused(&generation, &more), &["has no need of"]);
        }
    }
}

#[test]
fn a_step_that_says_anything_else_than_it_should_is_refused() {
    let generation = generation();
    for explanation in proved(&generation) {
        for at in 0..all_steps(&explanation).len() {
            let changes: [&dyn Fn(&mut Step); 3] = [
                &|step| step.triple.object = NamedNode::new_unchecked("http://example.org/other").into(),
                &|step| match &mut step.reason {
                    Reason::Derived { rule, .. } => *rule = "lies-within-itself-by-fiat".to_owned(),
                    Reason::Stated { graphs, .. } => *graphs = vec![GraphName::DefaultGraph],
                },
                &|step| match &mut step.reason {
                    Reason::Derived { because, .. } => because.push_str(" Believe me."),
                    Reason::Stated { graphs, .. } => graphs.clear(),
                },
            ];
            for change in changes {
                refused(&generation, &with(&explanation, at, change));
            }
            // What follows is not stated, whoever says so.
            refused(
                &generation,
                &with(&explanation, at, &|step| {
                    if matches!(step.reason, Reason::Derived { .. }) {
                        let graph = NamedNode::new_unchecked("https://w3id.org/competency-graph/graph/inferred/holdings");
                        step.reason = Reason::Stated { graphs: vec![graph.into()], source: None, evidence: Vec::new() };
                    } else {
                        step.reason =
                            Reason::Derived { rule: "holds-by-extension".into(), because: String::new(), premises: Vec::new() };
                    }
                }),
            );
        }
    }
}

#[test]
fn evidence_that_the_graph_does_not_have_is_refused() {
    let generation = generation();
    let explanation = read(&generation, "Senior requires OAuth", 1);
    let mut spoiled = 0;
    for (at, step) in all_steps(&explanation).into_iter().enumerate() {
        let Reason::Stated { evidence, .. } = &step.reason else { continue };
        if !evidence.is_empty() {
            let left_out = |step: &mut Step| {
                if let Reason::Stated { evidence, .. } = &mut step.reason {
                    evidence.clear();
                }
            };
            says(&refused(&generation, &with(&explanation, at, &left_out)), &["left out"]);
        }
        for which in 0..evidence.len() {
            for part in 0..6 {
                let change = |step: &mut Step| {
                    let Reason::Stated { evidence, source, .. } = &mut step.reason else { return };
                    let other =
                        NamedNode::new_unchecked("https://w3id.org/competency-graph/id/gitlab/security-engineer/fact/in-gitlab");
                    let evidence = &mut evidence[which];
                    match part {
                        0 => evidence.entity = other,
                        1 => evidence.document = other,
                        2 => evidence.section.push('!'),
                        3 => evidence.position += 1,
                        4 => evidence.digest.replace_range(..1, if evidence.digest.starts_with('0') { "1" } else { "0" }),
                        _ => *source = Some(other),
                    }
                };
                refused(&generation, &with(&explanation, at, &change));
                spoiled += 1;
            }
        }
    }
    assert!(spoiled > 20, "{spoiled}");
}

#[test]
fn a_row_that_is_not_in_the_answer_or_claims_something_else_is_refused() {
    let generation = generation();
    let good = ask(&generation, "level-diff", &[("from", "Intermediate"), ("to", "Senior")], 1);
    type Change<'a> = &'a dyn Fn(&mut Explanation);
    let changes: [(Change<'_>, &str); 9] = [
        (&|spoiled| of_row(spoiled).number = 2, "does not read so"),
        (&|spoiled| of_row(spoiled).number = 0, "does not read so"),
        (&|spoiled| of_row(spoiled).cells[0] = Some(Term::from(oxigraph::model::Literal::from("dropped"))), "does not read so"),
        (&|spoiled| of_row(spoiled).arguments[1].1 = "Staff".to_owned(), "does not read so"),
        (&|spoiled| of_row(spoiled).policy = Some("cumulative".to_owned()), "another policy"),
        (&|spoiled| of_row(spoiled).question = "level-dif".to_owned(), "no question"),
        (&|spoiled| drop(spoiled.proofs[0].claims.pop()), "its claims are not"),
        (&|spoiled| drop(spoiled.proofs[0].absent.pop()), "the absences are not"),
        (&|spoiled| spoiled.proofs.clear(), "it has no proof"),
    ];
    for (change, reason) in changes {
        let mut spoiled = good.clone();
        change(&mut spoiled);
        says(&refused(&generation, &spoiled), &[reason]);
    }
    let mut more = good.clone();
    more.proofs[0].claims.push(read(&generation, "Senior requires OAuth", 1).proofs[0].claims[0].clone());
    says(&refused(&generation, &more), &["does not claim"]);
    let mut absent = good.clone();
    absent.proofs[0].absent.push(Absence { patterns: vec![good.proofs[0].claims[0].triple.clone().into()] });
    says(&refused(&generation, &absent), &["the absences are not"]);
    let mut twice = good.clone();
    twice.proofs.push(good.proofs[0].clone());
    says(&refused(&generation, &twice), &["twice"]);
}

fn of_row(explanation: &mut Explanation) -> &mut competency_graph::explain::Row {
    match &mut explanation.about {
        About::Row(row) => row,
        About::Triple(triple) => panic!("{triple} is no row"),
    }
}

#[test]
fn a_proof_reads_the_same_after_a_way_through_json() {
    let generation = generation();
    for explanation in proved(&generation) {
        let json = explanation.to_json(&generation.names).to_string();
        assert_eq!(document::read(&json).unwrap(), [explanation]);
    }
    let empty = world(":a a cg:Level ; cg:grade 3 ; skos:prefLabel \"Grüße \\\"x\\\"\"@de , \"x\" .");
    for line in ["<http://example.org/a> cg:grade 3", "<http://example.org/a> skos:prefLabel \"x\""] {
        let explanation = read(&empty, line, 1);
        assert_eq!(document::read(&explanation.to_json(&empty.names).to_string()).unwrap(), [explanation]);
    }
}

#[test]
fn what_is_no_proof_is_told_with_what_is_wrong() {
    for (text, reason) in [
        ("", "EOF"),
        ("[]", "nothing is proved"),
        ("{}", "missing field"),
        (r#"{"version": "1", "proofs": []}"#, "either a `triple`"),
        (r#"{"version": "1", "proofs": [{"claims": [{"triple": 1}]}]}"#, "line 1"),
    ] {
        let error = document::read(text).unwrap_err();
        let whole = format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
        says(&whole, &["not the JSON of an explanation", reason]);
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(document::read(&deep).is_err());
}

#[test]
fn in_rdf_each_triple_of_a_proof_has_a_reifier_with_its_rule_or_its_place() {
    let generation = generation();
    for explanation in proved(&generation) {
        let mut turtle = Vec::new();
        let quads = rdf::quads(&generation, std::slice::from_ref(&explanation));
        competency_graph::export::write(&quads, RdfFormat::Turtle, &mut turtle).unwrap();
        let read: Vec<Quad> = RdfParser::from_format(RdfFormat::Turtle).for_slice(&turtle).map(Result::unwrap).collect();
        assert_eq!(read.len(), quads.len());
        let reified: BTreeSet<String> = read
            .iter()
            .filter(|quad| quad.predicate.as_str().ends_with("#reifies"))
            .map(|quad| quad.object.to_string().trim_matches(['<', '>', '(', ')', ' ']).to_owned())
            .collect();
        let expected: BTreeSet<String> =
            all_steps(&explanation).iter().map(|step| step.triple.to_string().trim_matches(['<', '>']).to_owned()).collect();
        assert_eq!(reified, expected);
        let text = String::from_utf8(turtle).unwrap();
        says(&text, &["sh:sourceRule", "sh:SPARQLRule", "prov:wasDerivedFrom", "prov:hadPrimarySource", "cg:sourceDigest"]);
        assert!(!text.contains("_:"), "no blank nodes");
    }
}

#[test]
fn a_triple_is_named_by_labels_prefixed_names_iris_and_values() {
    let generation = generation();
    let expected = naming::read(&generation, "gitlab:security-engineer/level/senior cg:requires competency:oauth").unwrap();
    for line in [
        "Senior requires OAuth",
        "senior requires oauth",
        "Senior Security Engineer requires OAuth",
        "\"Senior Security Engineer\" cg:requires \"OAuth\" .",
        "<https://w3id.org/competency-graph/id/gitlab/security-engineer/level/senior> <https://w3id.org/competency-graph/ontology#requires> competency:oauth",
    ] {
        assert_eq!(naming::read(&generation, line).unwrap(), expected, "{line}");
    }
    let object = |line: &str| naming::read(&generation, line).unwrap().object.to_string();
    says(&object("Senior grade 7"), &["\"7\"", "integer"]);
    says(&object("Senior skos:prefLabel \"Senior Security Engineer\""), &["\"Senior Security Engineer\"@en"]);
    says(&object("Senior a level"), &["#Level>"]);
    for (line, reason) in [
        ("Senior requires", "does not read as subject, predicate and object"),
        ("Senior requires OAuht", "did you mean OAuth"),
        ("Senoir requires OAuth", "Senior"),
        ("Senior requirs OAuth", "requires"),
        ("", "does not read"),
    ] {
        says(&naming::read(&generation, line).unwrap_err().to_string(), &[reason]);
    }
}
