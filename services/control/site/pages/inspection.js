import { html } from "../lib/html.js";
import { Page } from "../ui/page.js";
export default () => html`<${Page} title="inspection"><p>soon</p><//>`;
