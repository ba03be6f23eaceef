import { html } from "../lib/html.js";
import { Page } from "../ui/page.js";
export default () => html`<${Page} title="lines"><p>soon</p><//>`;
