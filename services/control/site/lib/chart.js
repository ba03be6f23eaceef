/** Charts by Vega, which is loaded when the first one is shown. */

const SCRIPTS = ["/vendor/vega.js", "/vendor/vega-lite.js"];
const once = new Map();

function kept(key, make) {
  if (!once.has(key)) once.set(key, make().catch((error) => (once.delete(key), Promise.reject(error))));
  return once.get(key);
}

/** A chart's specification by its name. */
export const chart = (name) => kept(name, () => json(`/charts/specs/${name}.json`));

/**
 * Draw rows into an element; resolves to what takes the picture away again.
 * @param {HTMLElement} element
 * @param {object} spec as of `chart`
 * @param {object[]} rows
 * @param {"light" | "dark"} scheme
 */
export async function draw(element, spec, rows, scheme) {
  const theme = await kept(scheme, () => json(`/charts/themes/${scheme}.json`));
  const { expressionInterpreter } = await kept("vega", vega);
  const { vega: { View, parse }, vegaLite } = globalThis;
  // The page says title and description itself, and offers the rows as a table.
  const { title, description, ...rest } = spec;
  const font = getComputedStyle(element).fontFamily;
  const config = { ...theme, font, background: "transparent", padding: 0, aria: false };
  const autosize = { type: "fit-x", contains: "padding" };
  const complete = { ...rest, data: { name: "rows", values: rows }, width: "container", autosize, config };
  const runtime = parse(vegaLite.compile(complete).spec, undefined, { ast: true });
  const view = new View(runtime, { expr: expressionInterpreter, renderer: "canvas", hover: true });
  view.tooltip((_, event, item, value) => tell(element, event, value));
  await view.initialize(element).runAsync();
  return () => view.finalize();
}

/** The values of what is pointed at, in the figure's own tooltip. */
function tell(element, event, value) {
  const box = element.nextElementSibling;
  const lines = value ? Object.entries(value).map(([name, text]) => `${name}: ${text}`) : [];
  box.textContent = lines.join("\n");
  box.hidden = !lines.length;
  const around = element.getBoundingClientRect();
  const left = event.clientX - around.left;
  box.style.left = `${Math.max(0, Math.min(left + 12, around.width - box.offsetWidth))}px`;
  box.style.top = `${event.clientY - around.top + 16}px`;
}

async function vega() {
  for (const address of SCRIPTS) await script(address); // the second needs the first
  return import("/vendor/vega-interpreter.js");
}

function script(address) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: address, onload: resolve });
    element.onerror = () => reject(new Error("The charts could not be loaded. Check the network."));
    document.head.append(element);
  });
}

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be loaded.`);
  return answer.json();
}
