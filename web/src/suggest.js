// A combobox (WAI-ARIA 1.2): what is typed is completed by things of the graph, and where questions are asked, by questions.

const PAUSE = 120;

/** The classes that say most of a thing, the likeliest first. */
const KINDS = "cg:JobFamily cg:Level cg:Specialty cg:Skill cg:Knowledge cg:Technology cg:Behaviour cg:Statement".split(" ");
let lists = 0;

/** Offers suggestions for an input; `data-suggest` names the classes of things, or is `questions` for questions and things. */
export function suggest(input) {
  const list = document.createElement("ul");
  list.id = `suggestions-${(lists += 1)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.autocomplete = "off";

  let current = -1;
  let asked = 0;
  let timer;

  const show = (options) => {
    list.replaceChildren(...options.map((option, at) => item(option, `${list.id}-${at}`, choose)));
    current = -1;
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    input.removeAttribute("aria-activedescendant");
  };
  const hide = () => show([]);
  const choose = ({ value, href }) => {
    hide();
    if (href) window.location.assign(href);
    else {
      input.value = value;
      input.focus();
    }
  };
  const mark = (at) => {
    const options = [...list.children];
    current = (at + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === current)));
    input.setAttribute("aria-activedescendant", options[current].id);
    options[current].scrollIntoView({ block: "nearest" });
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = (asked += 1);
      const options = await found(input.value.trim(), input.dataset.suggest);
      if (mine === asked) show(options);
    }, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(current + 1);
    else if (event.key === "ArrowUp") mark(current < 0 ? -1 : current - 1);
    else if (event.key === "Escape") hide();
    else if (event.key === "Enter" && current >= 0) list.children[current].click();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => setTimeout(hide, 200));
}

function item(option, id, choose) {
  const element = document.createElement("li");
  element.id = id;
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = option.kind;
  element.append(option.text, " ", kind);
  element.addEventListener("click", () => choose(option));
  return element;
}

/** What a text may mean, the likeliest first. A search that fails suggests nothing: the field works without. */
async function found(text, wanted) {
  if (text.length < 2) return [];
  const asks = wanted === "questions";
  const classes = asks ? [] : wanted.split(" ").filter(Boolean);
  // Behind a colon stands what is said beside a name.
  const name = asks ? text : text.split(":")[0].trim();
  if (name.length < 2) return [];
  try {
    const response = await fetch(`/api/search?limit=40&q=${encodeURIComponent(name)}`);
    const results = response.ok ? (await response.json()).results : [];
    const fitting = results.filter((thing) => classes.length === 0 || thing.classes.some((one) => classes.includes(one)));
    return [...(asks ? questions(text) : []), ...fitting.map((thing) => of(thing, asks))].slice(0, 10);
  } catch {
    return [];
  }
}

function of({ label, alias, classes, page }, asks) {
  const kind = (KINDS.find((one) => classes.includes(one)) ?? classes[0] ?? "").replace("cg:", "");
  return { text: alias ? `${label} (${alias})` : label, kind, value: label, href: asks ? page : undefined };
}

/** The questions on the page whose words are those of the text. */
function questions(text) {
  const words = text.toLowerCase().split(/\s+/);
  const links = [...document.querySelectorAll("[data-question]")];
  const fits = links.filter((link) => words.every((word) => link.textContent.toLowerCase().includes(word)));
  return fits.slice(0, 4).map((link) => ({ text: link.textContent, kind: "question", href: link.href }));
}
