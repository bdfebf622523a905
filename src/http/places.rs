//! Where the things of the graph are served: from an IRI to a path, and from a path to the IRIs it may stand for.

use oxigraph::model::NamedNode;

use crate::words;

/// Where a thing opens: below this server if it is one of ours, else the web page it names; none for what is no web address.
pub fn of(iri: &str, base: &str) -> Option<String> {
    let ours = [(words::INSTANCES, "/id/"), (words::ONTOLOGY, "/ontology/"), (words::GRAPHS, "/graphs/"), (base, "/")];
    if let Some((namespace, path)) = ours.iter().find(|(namespace, _)| iri.starts_with(namespace)) {
        return Some(format!("{path}{}", &iri[namespace.len()..]));
    }
    if iri == words::ONTOLOGY.trim_end_matches('#') {
        return Some("/ontology".to_owned());
    }
    (iri.starts_with("https://") || iri.starts_with("http://")).then(|| iri.to_owned())
}

/// The IRIs that a path below a namespace may mean: as it stands, then decoded once.
pub fn candidates(namespace: &str, path: &str) -> Vec<NamedNode> {
    let decoded = decoded(path);
    let mut iris = vec![format!("{namespace}{path}")];
    if decoded != path {
        iris.push(format!("{namespace}{decoded}"));
    }
    iris.into_iter().filter_map(|iri| NamedNode::new(iri).ok()).collect()
}

/// Percent-decoded once; a plus sign in a path is one.
fn decoded(path: &str) -> String {
    let form = format!("path={}", path.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
