// Tables that sort by a click on a heading, and show the rows that hold what is typed.

const compare = new Intl.Collator("en", { numeric: true }).compare;

/** Adds a filter above a table, and buttons to sort by to its headings. */
export function enhance(table) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 2) return;
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, at) => {
    if (heading.textContent.trim() === "") return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows];
      const text = (row) => row.cells[at]?.textContent.trim() ?? "";
      rows.sort((a, b) => compare(text(a), text(b)) * (down ? -1 : 1));
      body.append(...rows);
    });
  });
  if (body.rows.length < 6) return;
  const label = document.createElement("label");
  label.className = "filter";
  const input = document.createElement("input");
  input.type = "search";
  const count = document.createElement("output");
  label.append("Filter rows ", input);
  (table.closest(".wide") ?? table).before(label, count);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...body.rows];
    rows.forEach((row) => {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    });
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = words.length ? ` ${shown} of ${rows.length} rows` : "";
  });
}
