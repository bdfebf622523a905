"""Reads from an endpoint as SPARQLWrapper's and rdflib's users do, and prints what came."""

import sys

from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

endpoint = sys.argv[1]
PREFIX = "PREFIX cg: <https://w3id.org/competency-graph/ontology#>\n"
LEVELS = PREFIX + "SELECT ?level WHERE { ?level a cg:Level } ORDER BY ?level"
LABELS = (
    PREFIX
    + "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
    + "CONSTRUCT { ?l skos:prefLabel ?n } WHERE { ?l a cg:Level ; skos:prefLabel ?n }"
)


def ask(query, form, method="GET"):
    wrapper = SPARQLWrapper(endpoint)
    wrapper.setQuery(query)
    wrapper.setReturnFormat(form)
    wrapper.setMethod(method)
    return wrapper.query().convert()


for method in ("GET", POST):
    print("json", method, len(ask(LEVELS, JSON, method)["results"]["bindings"]))
    print("xml", method, len(ask(LEVELS, XML, method).getElementsByTagName("result")))
    print("csv", method, len(ask(LEVELS, CSV, method).decode().splitlines()) - 1)
    print("tsv", method, len(ask(LEVELS, TSV, method).decode().splitlines()) - 1)
    print("ask", method, ask(PREFIX + "ASK { ?l a cg:Level }", JSON, method)["boolean"])
    print("turtle", method, len(Graph().parse(data=ask(LABELS, TURTLE, method), format="turtle")))
    print("n3", method, len(Graph().parse(data=ask(LABELS, N3, method), format="turtle")))
    print("rdfxml", method, len(ask(LABELS, RDFXML, method)))
    print("jsonld", method, len(ask(LABELS, JSONLD, method)))

for method in ("GET", "POST", "POST_FORM"):
    for form in ("json", "xml", "csv", "tsv"):
        graph = Graph(SPARQLStore(endpoint, method=method, returnFormat=form))
        print("store", method, form, len(list(graph.query(LEVELS))))
    graph = Graph(SPARQLStore(endpoint, method=method))
    level = URIRef("https://w3id.org/competency-graph/ontology#Level")
    rdf_type = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    print("triples", method, len(list(graph.triples((None, rdf_type, level)))))
    print("construct", method, len(graph.query(LABELS).graph))
    print("ask", method, bool(graph.query(PREFIX + "ASK { ?l a cg:Level }")))

taxonomy = URIRef("https://w3id.org/competency-graph/graph/taxonomy")
print("named", len(list(Graph(SPARQLStore(endpoint), identifier=taxonomy).query(LEVELS))))
print("document", len(Graph().parse(endpoint.replace("/sparql", "/id/competency/oauth"))) > 5)
