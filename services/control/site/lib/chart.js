/** Charts by Vega, which is loaded when the first one is shown. */
import { chartLocale } from "./chart-locale.js";

const SCRIPTS = { vega: "/vendor/vega.js", vegaLite: "/vendor/vega-lite.js" };
const INTERPRETER = "/vendor/vega-interpreter.js";
const SHARED_WIDTH_ONLY = 'Dropping "fit-y"';
const once = new Map();
let tries = 0;

/** The same promise for the same key; what failed is tried anew when it is asked for again. */
function kept(key, make) {
  if (!once.has(key)) once.set(key, make().catch((error) => (once.delete(key), Promise.reject(error))));
  return once.get(key);
}

/** A chart's specification by its name. */
export const chart = (name) => kept(name, () => json(`/charts/specs/${name}.json`));

/** Whether rows hold what a chart shows: one of counts that are all 0 is no picture. */
export function hasContent({ usermeta: { counts } }, rows) {
  return counts ? rows.some((row) => row[counts] > 0) : rows.length > 0;
}

/**
 * Draw rows into an element; `show` shows others, `remove` takes the picture away.
 * @param {HTMLElement} element
 * @param {object} spec as of `chart`
 * @param {object[]} rows
 * @param {"light" | "dark"} scheme
 * @returns {Promise<{show: (rows: object[]) => void, remove: () => void}>}
 */
export async function draw(element, spec, rows, scheme) {
  const theme = await kept(scheme, () => json(`/charts/themes/${scheme}.json`));
  const { expressionInterpreter } = await kept("vega", loadVega);
  await turn();
  const { vega, vegaLite } = globalThis;
  const complete = filled(element, spec, rows, theme);
  const runtime = vega.parse(vegaLite.compile(complete, { logger: logger(vega) }).spec, undefined, { ast: true });
  const { number, time } = chartLocale();
  const locale = vega.locale(number, time);
  const view = new vega.View(runtime, { expr: expressionInterpreter, renderer: "canvas", hover: true, locale });
  view.tooltip((_, event, item, value) => tell(element, event, value));
  await view.initialize(element).runAsync();
  return { show: (others) => view.data("rows", others).runAsync(), remove: () => view.finalize() };
}

/** The specification with its rows and its look, as large as the page's own text. */
function filled(element, spec, rows, theme) {
  // The page says title and description itself, and offers the rows as a table.
  const { title, description, height, ...rest } = spec;
  const grown = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const font = getComputedStyle(element).fontFamily;
  return {
    ...sized(rest, grown),
    height: height.step ? { step: height.step * grown } : height * grown,
    data: { name: "rows", values: rows },
    width: "container",
    autosize: { type: "fit-x", contains: "padding" },
    config: { ...sized(theme, grown), font, background: "transparent", padding: { left: 2, top: 6, right: 20, bottom: 6 }, aria: false },
  };
}

/** The same with letters, strokes and marks so many times as large; a mark's `size` is its area. */
function sized(part, times) {
  const power = (key) => (key === "size" ? 2 : Number(/fontSize$|^strokeWidth$|^d[xy]$/i.test(key)));
  return JSON.parse(JSON.stringify(part), (key, value) => (typeof value === "number" ? value * times ** power(key) : value));
}

/** Vega-Lite warns of every chart that is as high as its rows want; that is how it is meant. */
function logger(vega) {
  const made = vega.logger(vega.Warn);
  const { warn } = made;
  made.warn = (...said) => (String(said[0]).startsWith(SHARED_WIDTH_ONLY) ? made : warn.apply(made, said));
  return made;
}

/** The values of what is pointed at, in the figure's own tooltip. */
function tell(element, event, value) {
  const box = element.nextElementSibling;
  if (!box || !event) return; // the chart is being taken away
  const lines = value ? Object.entries(value).map(([name, text]) => `${name}: ${text}`) : [];
  box.textContent = lines.join("\n");
  box.hidden = !lines.length;
  const around = element.getBoundingClientRect();
  const left = event.clientX - around.left;
  box.style.left = `${Math.max(0, Math.min(left + 12, around.width - box.offsetWidth))}px`;
  box.style.top = `${event.clientY - around.top + 16}px`;
}

let last = Promise.resolve();

/** One chart after the other, each in a task of its own: the page answers in between. */
function turn() {
  last = last.then(() => new Promise((resolve) => setTimeout(resolve)));
  return last;
}

async function loadVega() {
  tries += 1;
  for (const [name, address] of Object.entries(SCRIPTS)) {
    if (!globalThis[name]) await script(address); // the second needs the first
  }
  // Some browsers remember that a module could not be loaded, by its address.
  return import(tries > 1 ? `${INTERPRETER}?${tries}` : INTERPRETER).catch(notLoaded);
}

function script(address) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: address, onload: resolve });
    element.onerror = reject;
    document.head.append(element);
  }).catch(notLoaded);
}

function notLoaded() {
  throw new Error("The charts could not be loaded. Check the network.");
}

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be loaded.`);
  return answer.json();
}
