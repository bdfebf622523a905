// Reads from the server as Comunica's users do, and prints what came.

const { QueryEngine } = require('@comunica/query-sparql');

const [base] = process.argv.slice(2);
const engine = new QueryEngine();

const PREFIXES = [
  'PREFIX cg: <https://w3id.org/competency-graph/ontology#>',
  'PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>',
  'PREFIX skos: <http://www.w3.org/2004/02/skos/core#>',
  '',
].join('\n');
const LEVELS = `${PREFIXES}SELECT ?level WHERE { ?level a cg:Level } ORDER BY ?level`;
const OAUTH = `${PREFIXES}SELECT ?level WHERE { ?level a cg:Level ; cg:requires ?c . ?c rdfs:label "OAuth"@en }`;
const LABELS = `${PREFIXES}CONSTRUCT { ?l skos:prefLabel ?n } WHERE { ?l a cg:Level ; skos:prefLabel ?n }`;
const CALLED = `${PREFIXES}SELECT ?c WHERE { ?c skos:prefLabel "OAuth"@en }`;
const MENTIONS = `${PREFIXES}SELECT ?m WHERE { ?m cg:competency ?c . ?c skos:prefLabel "OAuth"@en }`;

const rows = async (query, ...sources) => (await (await engine.queryBindings(query, { sources })).toArray()).length;
const triples = async (query, ...sources) => (await (await engine.queryQuads(query, { sources })).toArray()).length;

async function main() {
  const endpoint = `${base}/sparql`;
  for (const [how, source] of [['told', { type: 'sparql', value: endpoint }], ['found', endpoint]]) {
    console.log('select', how, await rows(LEVELS, source));
    console.log('join', how, await rows(OAUTH, source));
    console.log('construct', how, await triples(LABELS, source));
    console.log('ask', how, await engine.queryBoolean(`${PREFIXES}ASK { ?l a cg:Level }`, { sources: [source] }));
  }
  for (const path of ['/id/competency/oauth', '/id/competency/oauth.jsonld', '/graphs/taxonomy', '/export/taxonomy.nt']) {
    console.log('document', path, await rows(CALLED, base + path));
  }
  // The one says what is mentioned, the other what that is called.
  console.log('documents', 'joined', await rows(MENTIONS, `${base}/graphs/gitlab/security-engineer`, `${base}/graphs/taxonomy`));
}

main();
