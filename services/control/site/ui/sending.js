/** Pictures that are being sent, how far they are, and what was refused. */
import { html, useEffect } from "../lib/html.js";
import { stop } from "../lib/teaching.js";
import * as format from "../lib/format.js";
import { Icon } from "./icons.js";

const STAGES = {
  "": "Waiting for another tab, which is at it…",
  sending: "Sending the pictures…",
  adding: "Adding them to the dataset…",
  starting: "Starting…",
  done: "Done.",
};
const LISTED = 200;

/** @param {{progress: object, batch: object, onAgain: () => void}} props */
export function Sending({ progress, batch, onAgain }) {
  const { stage, done, total, bytes, bytesTotal, failed, error } = progress;
  // What failed for want of a network goes on by itself.
  useEffect(() => {
    if (!error) return undefined;
    addEventListener("online", onAgain);
    return () => removeEventListener("online", onAgain);
  }, [error]);
  const names = new Map(batch.pictures.map(({ id, path }) => [id, path]));
  return html`
    <section class="card padded stack" aria-label="Sending">
      <h2>${error ? "This did not work yet" : STAGES[stage]}</h2>
      <progress aria-label="Sent" max=${bytesTotal || 1} value=${bytes}></progress>
      <p class="small" role="status">${format.integer(done)} of ${format.count(total, "picture")}, ${format.bytes(bytes)} of ${format.bytes(bytesTotal)}</p>
      ${error &&
      html`
        <div class="banner" data-kind="warn" role="alert">
          <${Icon} name="anomalous" /><span>${error.message}</span>
          <button class="small" onClick=${onAgain}><${Icon} name="refresh" />Go on</button>
        </div>
        <${Refusals} title="Not sent yet" refused=${failed.map(({ id, message }) => ({ path: names.get(id), problem: message }))} />
        <p class="hint">What was sent stays sent; going on sends the rest.</p>
      `}
      <div class="row spread">
        <p class="hint">${error ? "" : "You may reload this page or come back to its address: it goes on from here."}</p>
        ${stage !== "starting" && html`<button class="quiet" onClick=${() => stop(batch)}>Stop</button>`}
      </div>
    </section>
  `;
}

/** Files that are not taken, and why. @param {{refused: {path: string, problem: string}[], title?: string}} props */
export function Refusals({ refused, title }) {
  if (!refused.length) return null;
  return html`
    <details class="refusals">
      <summary><${Icon} name="anomalous" />${title ?? `${format.count(refused.length, "file")} not taken`}</summary>
      <ul>
        ${refused.slice(0, LISTED).map(({ path, problem }) => html`<li key=${path}><strong>${path}</strong> ${problem}</li>`)}
      </ul>
      ${refused.length > LISTED && html`<p class="hint">And ${format.integer(refused.length - LISTED)} more.</p>`}
    </details>
  `;
}
