//! Queries that mean to bring an engine down: by nesting, by growing, by never ending. The tests send them, and so does the bench.

/// Queries, each with its name.
pub fn queries() -> Vec<(&'static str, String)> {
    let nested =
        |open: &str, inner: &str, close: &str, depth: usize| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
    let product: String = ["a", "b", "c", "d"].map(|name| format!("VALUES ?{name} {{ {} }} ", numbers(2_000))).concat();
    let patterns: String = (0..400).map(|number| format!("?s{number} ?p{number} ?s{} . ", (number * 7 + 1) % 400)).collect();
    vec![
        ("nested sub-SELECT", format!("SELECT * {}", nested("{ SELECT * ", "{ ?s ?p ?o }", "}", 5_000))),
        ("parentheses", format!("ASK {{ FILTER({}) }}", nested("(", "true", ")", 10_000))),
        ("UNION", format!("ASK {{ {} }}", vec!["{ ?s a cg:Level }"; 5_000].join(" UNION "))),
        ("VALUES product", format!("SELECT (COUNT(*) AS ?n) {{ {product} }}")),
        ("CONCAT doubling", doubling(|last| format!("CONCAT(?v{last}, ?v{last})"))),
        ("REPLACE doubling", doubling(|last| format!("REPLACE(?v{last}, \"a\", \"aa\")"))),
        ("cartesian ORDER BY", "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f ?a".to_owned()),
        ("400 patterns", format!("SELECT * {{ {patterns} }}")),
        ("nested lists", format!("SELECT * {{ ?s ?p {} }}", nested("( ", "1", " )", 5_000))),
        (
            "path over everything",
            "SELECT (COUNT(*) AS ?n) { ?a (!cg:none|^!cg:none)* ?b . ?b (!cg:none|^!cg:none)* ?c }".to_owned(),
        ),
        ("DESCRIBE everything", "DESCRIBE ?s ?o { ?s ?p ?o }".to_owned()),
        ("endless rows", "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }".to_owned()),
    ]
}

fn numbers(most: usize) -> String {
    (0..most).map(|number| format!("{number} ")).collect()
}

/// A value that doubles with each step.
fn doubling(step: impl Fn(usize) -> String) -> String {
    let steps: String = (1..40).map(|number| format!("BIND({} AS ?v{number}) ", step(number - 1))).collect();
    format!("SELECT (STRLEN(?v39) AS ?n) {{ BIND(\"aaaaaaaaaaaaaaaa\" AS ?v0) {steps} }}")
}
