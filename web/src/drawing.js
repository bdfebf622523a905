// How a graph is drawn, wherever one is: colours that keep apart in light and dark, and shapes, so that nothing depends on colour alone.

const KINDS = {
  JobFamily: ["#b8500c", "round-rectangle"],
  Level: ["#1666c0", "rectangle"],
  Specialty: ["#7a3fb5", "diamond"],
  Skill: ["#1b7a43", "ellipse"],
  Knowledge: ["#1b7a43", "hexagon"],
  Technology: ["#0b7285", "ellipse"],
  Behaviour: ["#9c3587", "ellipse"],
  Requirement: ["#6b6f76", "round-tag"],
  Responsibility: ["#6b6f76", "round-tag"],
  Expectation: ["#6b6f76", "round-tag"],
};
const OTHER = ["#6b6f76", "ellipse"];

/** The colour and shape of a kind of thing. */
export const look = (kind) => KINDS[kind] ?? OTHER;

/** A label short enough to stand below a thing. */
export const short = (label) => (label.length > 60 ? `${label.slice(0, 58)}…` : label);

/** The style of a graph, for light or dark. */
export function style(isDark) {
  const [ink, line] = isDark ? ["#e7e9ee", "#5a6270"] : ["#1b1e24", "#aab1bd"];
  const text = { color: ink, "text-wrap": "wrap", "text-max-width": 110 };
  const edge = { width: 1.4, "line-color": line, "target-arrow-color": line, "target-arrow-shape": "triangle", "curve-style": "bezier" };
  return [
    { selector: "node", style: { ...text, label: "data(short)", "font-size": 11, "text-valign": "bottom", "text-margin-y": 4, "background-color": "data(color)", shape: "data(shape)", width: 24, height: 24 } },
    { selector: "node.open", style: { width: 34, height: 34, "font-weight": "bold" } },
    { selector: "node.current", style: { "border-width": 4, "border-color": ink } },
    { selector: "edge", style: { ...edge, label: "data(label)", color: ink, "font-size": 8, "text-opacity": 0, "text-rotation": "autorotate" } },
    { selector: "edge.near", style: { "text-opacity": 0.85, width: 2.2 } },
  ];
}

/** Whether the reader likes it dark, now and when that changes. */
export function follow(apply) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => apply(dark.matches));
  return dark.matches;
}
