/** The frame of a page: its heading, which gets the focus when the page changes, and its tools. */
import { html } from "../lib/html.js";
import { useTitle } from "../lib/use.js";

/** @param {{title: string, lead?: any, tools?: any, tab?: string, children: any}} props */
export function Page({ title, lead, tools, tab = title, children }) {
  useTitle(tab);
  return html`
    <header class="page-head">
      <div>
        <h1 tabindex="-1">${title}</h1>
        ${lead && html`<p class="lead">${lead}</p>`}
      </div>
      ${tools && html`<div class="tools">${tools}</div>`}
    </header>
    ${children}
  `;
}
