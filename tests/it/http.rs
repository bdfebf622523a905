//! The server as browsers, programs and attackers meet it.

mod api;
mod cache;
mod cases;
mod explain;
mod exports;
mod openapi;
mod pages;
mod paging;
mod protocol;
mod safety;
mod search;
mod service;
mod siege;

/// Two levels that go by one name.
pub const TWO_OF_ONE_NAME: &str = r#"
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://w3id.org/competency-graph/id/gitlab/security-engineer/level/senior> skos:altLabel "middle rung"@en .
<https://w3id.org/competency-graph/id/gitlab/security-engineer/level/staff> skos:altLabel "middle rung"@en .
"#;

/// A competency whose name does its best to break out of where it is shown.
pub const ZIG: &str = r#"@prefix cg: <https://w3id.org/competency-graph/ontology#> .
@prefix competency: <https://w3id.org/competency-graph/id/competency/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

competency:zig a cg:Technology ;
    skos:prefLabel "Zig \"the\" <script>alert('x')</script>, & more"@en ;
    skos:altLabel "Zig lang"@en ;
    skos:definition "A language."@en ;
    cg:technologyKind cg:programming-language ;
    skos:broader competency:technology ;
    skos:inScheme <https://w3id.org/competency-graph/id/competency> .
"#;
