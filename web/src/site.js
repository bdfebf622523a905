// What makes every page better with a script: suggestions below the field to ask in, tables that sort and filter, forms that follow
// their controls. Without it, all of them work as they are.
import { suggest } from "./suggest.js";
import { enhance } from "./table.js";

document.querySelectorAll("[data-suggest]").forEach(suggest);
document.querySelectorAll("table[data-sortable]").forEach(enhance);
document.querySelectorAll("select[data-submits]").forEach((select) => {
  select.addEventListener("change", () => select.form.requestSubmit());
});
document.querySelectorAll("[data-add]").forEach((button) => {
  const row = document.getElementById(button.dataset.add);
  button.hidden = false;
  button.addEventListener("click", () => {
    const more = row.cloneNode(true);
    more.removeAttribute("id");
    more.querySelectorAll("input").forEach((input) => (input.value = ""));
    more.querySelectorAll("[role=listbox]").forEach((list) => list.remove());
    button.before(more);
    more.querySelectorAll("[data-suggest]").forEach(suggest);
    more.querySelector("input").focus();
  });
});
