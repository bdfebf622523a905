// The workbench: YASGUI on our endpoint, with the prefixes, examples and terms that the server describes. The plain form stays for who has
// no script.
import Yasgui from "@zazuko/yasgui";
import "@zazuko/yasgui/build/yasgui.min.css";
import { GraphResults } from "./results.js";

const place = document.getElementById("workbench");
const plain = document.getElementById("plain");
const { prefixes, classes, properties } = JSON.parse(place.dataset.settings);
const endpoint = new URL("/sparql", window.location.origin).href;
const { Yasqe, Yasr } = Yasgui;

// What completes stands on the page: the defaults would ask servers elsewhere.
Yasqe.forkAutocompleter("class", { name: "class-here", persistenceId: null, bulk: true, get: async () => classes });
Yasqe.forkAutocompleter("property", { name: "property-here", persistenceId: null, bulk: true, get: async () => properties });
const declared = Object.entries(prefixes).map(([name, iri]) => `${name}: <${iri}>`);
Yasqe.forkAutocompleter("prefixes", { name: "prefixes-here", persistenceId: null, bulk: true, get: async () => declared });
Yasqe.defaults.autocompleters = ["prefixes-here", "class-here", "property-here", "variables"];
Yasr.registerPlugin("graph", GraphResults);
Yasr.defaults.pluginOrder = ["table", "graph", "response"];
Yasr.defaults.prefixes = prefixes;

place.hidden = false;
plain.hidden = true;
const requestConfig = { endpoint, method: "POST", acceptHeaderGraph: "text/turtle" };
const yasgui = new Yasgui(place, { requestConfig, copyEndpointOnNewTab: true, persistenceId: null, populateFromUrl: false });
const tab = yasgui.getTab() ?? yasgui.addTab(true);
tab.setQuery(document.getElementById("query").value);

/** What the editor leaves unsaid to those who hear the page. */
function name() {
  const tabs = place.querySelector(".tabsList");
  // The list holds a button to add a tab as well, which no list of tabs may: they are links, one of which is the current.
  tabs?.removeAttribute("role");
  tabs?.querySelectorAll("a[aria-selected]").forEach((one) => {
    if (one.getAttribute("aria-selected") === "true") one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
    ["role", "aria-selected"].forEach((attribute) => one.removeAttribute(attribute));
  });
  place.querySelectorAll('[role="tabpanel"]').forEach((one) => one.removeAttribute("role"));
  place.querySelectorAll("input.autocomplete").forEach((one) => one.setAttribute("aria-label", "Endpoint"));
  place.querySelectorAll(".CodeMirror-scroll").forEach((one) => one.setAttribute("tabindex", "0"));
  place.querySelectorAll(".CodeMirror textarea").forEach((one) => one.setAttribute("aria-label", "Query"));
}
name();
["tabAdd", "tabSelect"].forEach((event) => yasgui.on(event, () => setTimeout(name)));
