/** The pages, in the order of the navigation. Each is a module that is loaded when it is first shown. */

/** `hidden` pages are reached from others; `reads` is a route that not every group may read. */
/** @typedef {{name: string, title: string, icon: string, group: string, hidden?: boolean, reads?: string, load: () => Promise<any>}} PageEntry */

/** @type {PageEntry[]} */
export const PAGES = [
  { name: "lines", title: "Lines", icon: "lines", group: "Production", load: () => import("./pages/lines.js") },
  { name: "line", title: "Line", icon: "lines", group: "Production", hidden: true, load: () => import("./pages/line.js") },
  { name: "review", title: "Review", icon: "review", group: "Production", load: () => import("./pages/review.js") },
  { name: "inspection", title: "Inspection", icon: "inspection", group: "Production", hidden: true, load: () => import("./pages/inspection.js") },
  { name: "models", title: "Models", icon: "models", group: "Models", load: () => import("./pages/models.js") },
  { name: "train", title: "Train", icon: "train", group: "Models", load: () => import("./pages/train.js") },
  { name: "trial", title: "Trial", icon: "trial", group: "Models", load: () => import("./pages/trial.js") },
  { name: "analytics", title: "Analytics", icon: "analytics", group: "Quality", load: () => import("./pages/analytics.js") },
  { name: "cameras", title: "Cameras", icon: "cameras", group: "Settings", load: () => import("./pages/cameras.js") },
  { name: "alerts", title: "Alerts", icon: "alerts", group: "Settings", reads: "/sightline/alerts", load: () => import("./pages/alerts.js") },
];

export const pageNamed = (name) => PAGES.find((page) => page.name === name);
