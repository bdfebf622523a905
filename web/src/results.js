// Triples as a picture, for queries that give a graph.
import { follow, look, short, style } from "./drawing.js";

/** So many triples can still be told apart. */
const MOST = 300;

/** A plugin of YASR. */
export class GraphResults {
  priority = 11;
  label = "Graph";
  hideFromSelection = false;

  constructor(yasr) {
    this.yasr = yasr;
  }

  canHandleResults() {
    return (this.yasr.results?.getStatements?.()?.length ?? 0) > 0;
  }

  getIcon() {
    const icon = document.createElement("span");
    icon.textContent = "◉";
    icon.setAttribute("aria-hidden", "true");
    return icon;
  }

  async draw() {
    const { default: cytoscape } = await import("cytoscape");
    const triples = this.yasr.results.getStatements();
    const place = document.createElement("div");
    place.className = "drawing";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `A graph of ${triples.length} triples; the response has them as text`);
    const note = document.createElement("p");
    note.textContent = triples.length > MOST ? `The first ${MOST} of ${triples.length} triples are drawn.` : "";
    this.yasr.resultsEl.replaceChildren(note, place);
    const graph = cytoscape({ container: place, minZoom: 0.1, maxZoom: 1.4, elements: elements(triples.slice(0, MOST), this.yasr.getPrefixes()) });
    graph.style([...style(follow((isDark) => graph.style(style(isDark)))), { selector: "edge", style: { "text-opacity": 0.8 } }]);
    graph.layout({ name: "cose", animate: false, padding: 20, nodeRepulsion: () => 200000, idealEdgeLength: () => 150 }).run();
  }
}

function elements(triples, prefixes) {
  const nodes = new Map();
  const named = (term) => {
    const id = `${term.termType} ${term.value} ${term.language ?? ""}`;
    const [color, shape] = look("");
    const label = short(term.termType === "Literal" ? `“${term.value}”` : shortened(term.value, prefixes));
    nodes.set(id, { data: { id, short: label, color: term.termType === "Literal" ? "#8a6d1b" : color, shape } });
    return id;
  };
  const edges = triples.map(({ subject, predicate, object }, number) => {
    const [source, target] = [named(subject), named(object)];
    return { data: { id: `edge ${number}`, source, target, label: shortened(predicate.value, prefixes) } };
  });
  return [...nodes.values(), ...edges];
}

function shortened(iri, prefixes) {
  const known = Object.entries(prefixes).find(([, namespace]) => iri.startsWith(namespace));
  return known ? `${known[0]}:${iri.slice(known[1].length)}` : iri;
}
