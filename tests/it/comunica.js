// Reads from the server as Comunica's users do, and prints what came.

const { QueryEngine } = require('@comunica/query-sparql');

const [base] = process.argv.slice(2);
const engine = new QueryEngine();

const PREFIXES =
  'PREFIX cg: <https://w3id.org/competency-graph/ontology#>\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n';
const LEVELS = `${PREFIXES}SELECT ?level WHERE { ?level a cg:Level } ORDER BY ?level`;
const OAUTH = `${PREFIXES}SELECT ?level WHERE { ?level a cg:Level ; cg:requires ?c . ?c rdfs:label "OAuth"@en }`;
const LABELS = `${PREFIXES}CONSTRUCT { ?l skos:prefLabel ?n } WHERE { ?l a cg:Level ; skos:prefLabel ?n }`;
const RDFS = 'PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n';

const endpoint = [`${base}/sparql`];
const typed = [{ type: 'sparql', value: endpoint[0] }];
// What a document says of a thing it names, and how many things it names.
const document = (path) => [`${base}${path}`];
const FIRST = `${PREFIXES}SELECT ?label WHERE { <https://w3id.org/competency-graph/id/competency/oauth> skos:prefLabel ?label }`;

async function main() {
  const rows = async (query, sources) => (await (await engine.queryBindings(query, { sources })).toArray()).length;
  const triples = async (query, sources) => (await (await engine.queryQuads(query, { sources })).toArray()).length;
  for (const [how, sources] of [['typed', typed], ['found', endpoint]]) {
    console.log('select', how, await rows(LEVELS, sources));
    console.log('join', how, await rows(RDFS + OAUTH, sources));
    console.log('construct', how, await triples(LABELS, sources));
    console.log('ask', how, await engine.queryBoolean(`${PREFIXES}ASK { ?l a cg:Level }`, { sources }));
  }
  for (const path of ['/id/competency/oauth', '/graphs/taxonomy', '/export/taxonomy.ttl', '/export/taxonomy.jsonld']) {
    console.log('document', path, await rows(FIRST, document(path)));
  }
  // A table that neither source could give alone.
  const both = `${PREFIXES}SELECT ?level WHERE { ?level cg:requires ?c . ?c skos:prefLabel "OAuth"@en . ?level a cg:Level }`;
  console.log('federated', await rows(both, [typed[0], ...document('/graphs/taxonomy')]));
}

main();
