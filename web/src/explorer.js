// The graph view: a thing and what is next to it, drawn; a click or Enter opens what is next to another. The page's list says the same in words.
import cytoscape from "cytoscape";
import { follow, look, short, style } from "./drawing.js";

const place = document.getElementById("graph");
const selected = document.getElementById("selected");
const legend = document.getElementById("legend");

const graph = cytoscape({ container: place, minZoom: 0.2, maxZoom: 3 });
graph.style(style(follow((isDark) => graph.style(style(isDark)))));
window.explorer = graph;
let current;

function node({ iri, label, kind, page }) {
  const known = graph.getElementById(iri);
  if (known.nonempty()) return known;
  const [color, shape] = look(kind);
  return graph.add({ data: { id: iri, label, short: short(label), kind, page, color, shape } });
}

/** Adds what is next to a thing, and goes there. */
async function open(iri) {
  const response = await fetch(`/api/neighbours?thing=${encodeURIComponent(iri)}`);
  if (!response.ok) {
    selected.textContent = `What is next to it could not be read (${response.status}).`;
    return;
  }
  const { thing, neighbours, leftOut } = await response.json();
  const middle = node(thing);
  const fresh = [...new Set(neighbours.map(({ node: other }) => other.iri))].filter((iri) => graph.getElementById(iri).empty());
  for (const { property, inverse, node: other } of neighbours) {
    node(other);
    const [source, target] = inverse ? [other.iri, thing.iri] : [thing.iri, other.iri];
    const known = graph.getElementById(`${source} ${target}`);
    if (known.empty()) graph.add({ data: { id: `${source} ${target}`, source, target, properties: [property], label: property } });
    else if (!known.data("properties").includes(property)) {
      // Our own terms say more than those they are mapped to.
      const properties = [...known.data("properties"), property].sort((a, b) => a.includes(":") - b.includes(":"));
      known.data({ properties, label: properties.length > 2 ? `${properties[0]} …` : properties.join(", ") });
    }
  }
  spread(middle, fresh);
  middle.addClass("open");
  graph.fit(undefined, 40);
  go(middle, leftOut ? `${leftOut} more are not drawn.` : "");
  draw();
}

/** Puts new things around one: around the first in a circle, around others away from where one came from. */
function spread(middle, fresh) {
  const isFirst = graph.nodes().length === fresh.length + 1;
  const { x, y } = middle.position();
  const back = isFirst ? 0 : Math.atan2(y, x);
  const arc = isFirst ? 2 * Math.PI : (Math.min(fresh.length, 10) / 10) * Math.PI;
  const radius = Math.max(170, (fresh.length * 75) / arc);
  fresh.forEach((iri, number) => {
    const part = isFirst ? number / fresh.length : (number + 0.5) / fresh.length - 0.5;
    const angle = back + arc * part;
    // Every other one a little further out, so that labels have room.
    const far = radius + (number % 2) * 45;
    graph.getElementById(iri).position({ x: x + far * Math.cos(angle) * 1.25, y: y + far * Math.sin(angle) });
  });
}

/** Makes a thing the current one, and says so. */
function go(to, more = "") {
  current?.removeClass("current");
  graph.edges().removeClass("near");
  current = to;
  current.addClass("current");
  current.connectedEdges().addClass("near");
  const { label, kind, page } = to.data();
  const link = document.createElement("a");
  link.textContent = label;
  if (page) link.href = page;
  selected.replaceChildren(link, ` (${kind}), next to ${to.neighborhood("node").length}. ${more}`);
}

/** The legend of what is drawn. */
function draw() {
  const kinds = [...new Set(graph.nodes().map((one) => one.data("kind")))].sort();
  legend.replaceChildren(
    ...kinds.map((kind) => {
      const [color] = look(kind);
      const item = document.createElement("li");
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 10 10");
      svg.setAttribute("aria-hidden", "true");
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      Object.entries({ cx: 5, cy: 5, r: 5, fill: color }).forEach(([name, value]) => dot.setAttribute(name, value));
      svg.append(dot);
      item.append(svg, kind);
      return item;
    }),
  );
}

graph.on("tap", "node", (event) => open(event.target.id()));
place.addEventListener("keydown", (event) => {
  if (!current) return;
  const around = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (around) {
    const [dx, dy] = around;
    const from = current.position();
    const ahead = graph.nodes().filter((one) => {
      const { x, y } = one.position();
      return one !== current && dx * (x - from.x) + dy * (y - from.y) > 1;
    });
    const far = (one) => Math.hypot(one.position().x - from.x, one.position().y - from.y);
    const next = ahead.min(far).ele;
    if (next) go(next);
  } else if (event.key === "Enter") open(current.id());
  else if (event.key === "+" || event.key === "=") graph.zoom(graph.zoom() * 1.25);
  else if (event.key === "-") graph.zoom(graph.zoom() / 1.25);
  else return;
  event.preventDefault();
});
open(place.dataset.thing);
