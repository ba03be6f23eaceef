/** The versions of a project's model: how far they are, and how good. */
import { html } from "../lib/html.js";
import * as format from "../lib/format.js";
import { href } from "../lib/router.js";
import { now as serverNow } from "../lib/session.js";
import { useNow } from "../lib/use.js";
import { Status } from "../models/status.js";
import { Empty } from "../ui/states.js";

/** @param {{project: string, versions: object[], current?: string}} props */
export function Versions({ project, versions, current }) {
  if (!versions.length) return html`<section class="card" aria-label="Versions"><${Empty} icon="models" title="No model yet">The first version appears here as soon as its training begins.<//></section>`;
  return html`
    <section class="card" aria-labelledby="versions">
      <header><h2 id="versions">Versions</h2></header>
      <div class="table-scroll" tabindex="0" role="region" aria-label="Versions">
        <table class="cards">
          <thead>
            <tr><th scope="col">Version</th><th scope="col">State</th><th scope="col" class="number">F1</th><th scope="col" class="number">Precision</th><th scope="col" class="number">Recall</th><th scope="col" class="number">Pictures</th><th scope="col">Begun</th></tr>
          </thead>
          <tbody>${versions.map((one) => html`<${Row} key=${one.ModelVersion} project=${project} version=${one} current=${one.ModelVersion === current} />`)}</tbody>
        </table>
      </div>
    </section>
  `;
}

function Row({ project, version, current }) {
  const { ModelVersion, Performance, CreatedAt, TrainingImages } = version;
  return html`
    <tr aria-current=${current ? "true" : undefined}>
      <th scope="row"><a href=${href("train", { project, version: ModelVersion })}>Version ${ModelVersion}</a></th>
      <td data-label="State"><${Status} model=${version} /> ${version.Status === "TRAINING" && html`<${Since} at=${CreatedAt} />`}</td>
      <td class="number" data-label="F1">${format.percent(Performance?.F1Score, 1)}</td>
      <td class="number" data-label="Precision">${format.percent(Performance?.Precision, 1)}</td>
      <td class="number" data-label="Recall">${format.percent(Performance?.Recall, 1)}</td>
      <td class="number" data-label="Pictures">${format.integer(TrainingImages)}</td>
      <td data-label="Begun">${format.dateTime(CreatedAt)}</td>
    </tr>
  `;
}

/** How long something has taken so far, counted on. */
export function Since({ at }) {
  const now = useNow() - Date.now() + serverNow();
  return html`<span class="muted small number">${format.duration(Math.max(0, Math.round((now - new Date(at)) / 1000)))}</span>`;
}
