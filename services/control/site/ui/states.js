/** What stands in the place of content: still loading, nothing there, failed, not allowed. */
import { html } from "../lib/html.js";
import { Icon } from "./icons.js";

/**
 * The content of a resource (see useResource), or what stands in its place.
 *
 * @param {{of: object, empty?: (data: any) => boolean, nothing?: any, rows?: number,
 *   children: (data: any) => any}} props `nothing` is shown when `empty` says so; `rows` is how much
 *   room the content will take, so that nothing jumps
 */
export function Resource({ of, empty, nothing, rows = 3, children }) {
  const { data, error, loading, refresh } = of;
  if (data === undefined && error) return html`<${Failed} error=${error} retry=${refresh} />`;
  if (data === undefined) return html`<${Loading} rows=${rows} />`;
  return html`
    ${error && html`<${Stale} error=${error} retry=${refresh} busy=${loading} />`}
    ${empty?.(data) ? nothing : children(data)}
  `;
}

export function Loading({ rows = 3 }) {
  return html`
    <div class="skeleton" role="status" aria-label="Loading">
      ${Array.from({ length: rows }, (_, row) => html`<div key=${row}></div>`)}
    </div>
  `;
}

/** Nothing there: what that means, and what to do. */
export function Empty({ icon = "inspection", title, children }) {
  return html`
    <div class="state">
      <${Icon} name=${icon} />
      <h2>${title}</h2>
      ${children && html`<p>${children}</p>`}
    </div>
  `;
}

export function Failed({ error, retry }) {
  if (error.forbidden) {
    return html`<${Empty} icon="lock" title="Not for your group">${error.message} Ask an administrator if you need it.<//>`;
  }
  return html`
    <div class="state" role="alert">
      <${Icon} name=${error.status === 404 ? "uncertain" : "anomalous"} />
      <h2>${error.status === 404 ? "Not found" : "This could not be loaded"}</h2>
      <p>${error.message}</p>
      ${error.requestId && html`<p class="muted small">Request <code>${error.requestId}</code></p>`}
      ${retry && error.status !== 404 && html`<p><button onClick=${retry}><${Icon} name="refresh" /> Try again</button></p>`}
    </div>
  `;
}

/** What is shown is not the latest. */
function Stale({ error, retry, busy }) {
  return html`
    <div class="banner" role="status" data-kind="warn">
      <${Icon} name="anomalous" />
      <span>Not up to date: ${error.message}</span>
      <button class="quiet small" onClick=${retry} disabled=${busy}>Try again</button>
    </div>
  `;
}
