// The workbench: YASGUI on our endpoint, with the prefixes, examples and terms that the server describes. The plain form stays for who has
// no script.
import Yasgui from "@zazuko/yasgui";
import "@zazuko/yasgui/build/yasgui.min.css";

const place = document.getElementById("workbench");
const plain = document.getElementById("plain");
const { prefixes, classes, properties } = JSON.parse(place.dataset.settings);
const endpoint = new URL("/sparql", window.location.origin).href;

/** Completes terms that are in the graph, asked for by their beginning; nothing is fetched for it. */
function completer(name, terms, isFit) {
  return {
    name,
    bulk: true,
    autoShow: false,
    persistenceId: null,
    isValidCompletionPosition: isFit,
    get: async () => terms,
    preProcessToken: (yasqe, token) => Yasgui.Yasqe.Autocompleters[name === "class" ? "class" : "property"].preProcessToken(yasqe, token),
    postProcessSuggestion: (yasqe, token, text) =>
      Yasgui.Yasqe.Autocompleters[name === "class" ? "class" : "property"].postProcessSuggestion(yasqe, token, text),
  };
}

Yasgui.Yasqe.defaults.requestConfig = { ...Yasgui.Yasqe.defaults.requestConfig, endpoint, method: "POST" };
Yasgui.Yasqe.forkAutocompleter("class", { name: "class-here", persistenceId: null, bulk: true, get: async () => classes });
Yasgui.Yasqe.forkAutocompleter("property", { name: "property-here", persistenceId: null, bulk: true, get: async () => properties });
Yasgui.Yasqe.forkAutocompleter("prefixes", {
  name: "prefixes-here",
  persistenceId: null,
  get: async () => Object.entries(prefixes).map(([name, iri]) => `${name}: <${iri}>`),
});
Yasgui.Yasqe.defaults.autocompleters = ["prefixes-here", "class-here", "property-here", "variables"];
Yasgui.Yasr.defaults.prefixes = prefixes;

place.hidden = false;
plain.hidden = true;
const yasgui = new Yasgui(place, {
  requestConfig: { endpoint },
  copyEndpointOnNewTab: true,
  persistenceId: null,
});
const query = document.getElementById("query").value;
const tab = yasgui.getTab() ?? yasgui.addTab(true);
tab.setQuery(query);
