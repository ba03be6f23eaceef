/** The cameras: registering them, giving them new tokens, taking them out. */
import { html, useEffect, useState } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import * as format from "../lib/format.js";
import { useMay } from "../lib/may.js";
import { href, useQuery } from "../lib/router.js";
import { now as serverNow } from "../lib/session.js";
import { useAction, useDraft, useNow, useResource } from "../lib/use.js";
import { Dialog, confirm } from "../ui/dialog.js";
import { ActionButton, Check, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { Secret } from "../ui/secret.js";
import { Empty, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";

const EVERY_MS = 10_000;
const NEW = { CameraId: "", Name: "", Line: "", LineName: "", Facility: "", FacilityName: "", Project: "" };

export default function Cameras() {
  const [query, change] = useQuery();
  const cameras = useResource(async (signal) => (await get("control", "/sightline/cameras", { signal })).Cameras, [], { every: EVERY_MS });
  const [adding, setAdding] = useState(false);
  const [token, setToken] = useState(null);
  const may = useMay("POST", "/sightline/cameras");
  const revoked = query.revoked === "yes";
  const chosen = cameras.data?.find(({ CameraId }) => CameraId === query.camera);
  const tools = html`
    <${Check} label="Show revoked" checked=${revoked} onInput=${(on) => change({ revoked: on ? "yes" : "" })} />
    <${ActionButton} class="primary" reason=${may.reason} onClick=${() => setAdding(true)}><${Icon} name="add" />Register a camera<//>
  `;
  const shown = (all) => all.filter(({ RevokedAt }) => revoked || !RevokedAt);
  return html`
    <${Page} title="Cameras" lead="Each sends with a token of its own; its line, facility and project are those written here." tools=${tools}>
      <${Resource} of=${cameras} rows=${5} empty=${(all) => !shown(all).length} nothing=${html`<${Empty} icon="cameras" title="No cameras">Register the first one to begin.<//>`}>
        ${(all) => html`<${List} cameras=${shown(all)} choose=${(camera) => change({ camera }, { push: true })} />`}
      <//>
      ${adding && html`<${Register} cameras=${cameras.data ?? []} onClose=${() => setAdding(false)} onDone=${(answer) => (setAdding(false), setToken(answer), cameras.refresh())} />`}
      ${chosen && !token && html`<${One} key=${chosen.CameraId} camera=${chosen} onClose=${() => change({ camera: "" })} onToken=${setToken} onChange=${cameras.refresh} />`}
      ${token && html`<${NewToken} answer=${token} onClose=${() => (setToken(null), change({ camera: "" }))} />`}
    <//>
  `;
}

function List({ cameras, choose }) {
  const now = useNow() - Date.now() + serverNow();
  return html`
    <div class="card table-scroll" tabindex="0" role="region" aria-label="Cameras">
      <table class="cards">
        <thead>
          <tr><th scope="col">Camera</th><th scope="col">State</th><th scope="col">Line</th><th scope="col">Facility</th><th scope="col">Project</th><th scope="col">Last picture</th><th scope="col"><span class="unseen">Change</span></th></tr>
        </thead>
        <tbody>
          ${cameras.map(
            (camera) => html`
              <tr key=${camera.CameraId}>
                <th scope="row"><span class="camera-name">${camera.Name || camera.CameraId}${camera.Name && html`<span class="muted small">${camera.CameraId}</span>`}</span></th>
                <td data-label="State"><${State} camera=${camera} /></td>
                <td data-label="Line"><a href=${href("line", { facility: camera.Facility, line: camera.Line, camera: camera.CameraId })}>${camera.LineName || camera.Line}</a></td>
                <td data-label="Facility">${camera.FacilityName || camera.Facility}</td>
                <td data-label="Project">${camera.Project}</td>
                <td data-label="Last picture">${camera.LastSeenAt ? format.ago(camera.LastSeenAt, now) : "never"}</td>
                <td class="number"><button class="small" aria-haspopup="dialog" onClick=${() => choose(camera.CameraId)}>Manage<span class="unseen"> ${camera.CameraId}</span></button></td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

function State({ camera: { RevokedAt, SilentSince, LastSeenAt } }) {
  if (RevokedAt) return html`<span class="badge" data-kind="bad">Revoked</span>`;
  if (SilentSince) return html`<span class="badge" data-kind="warn"><${Icon} name="anomalous" />Silent</span>`;
  return LastSeenAt ? html`<span class="badge" data-kind="good">Sending</span>` : html`<span class="badge">Never seen</span>`;
}

const PLACE = [
  { name: "Line", label: "Line", hint: "Short, for machines: press-1" },
  { name: "LineName", label: "Name of the line", hint: "What people call it: Press 1" },
  { name: "Facility", label: "Facility" },
  { name: "FacilityName", label: "Name of the facility" },
  { name: "Project", label: "Project", hint: "Whose model looks at its pictures" },
];

function Register({ cameras, onClose, onDone }) {
  const [draft, setDraft, forget] = useDraft("camera", NEW);
  const [register, busy] = useAction(async () => {
    const { CameraId, Line, Facility, Project, ...names } = draft;
    const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value.trim()));
    const answer = await call("control", "POST", "/sightline/cameras", { body: { CameraId, Line, Facility, Project, ...given } });
    forget();
    onDone(answer);
  });
  const submit = (event) => (event.preventDefault(), register());
  const field = (name, label, hint, required) => html`
    <${Field} label=${label} hint=${hint} required=${required} value=${draft[name]} list=${name === "CameraId" || name === "Name" ? undefined : `known-${name}`}
      autocapitalize="none" spellcheck=${false} onInput=${(value) => setDraft({ ...draft, [name]: value })} />
  `;
  return html`
    <${Dialog} title="Register a camera" onClose=${onClose} wide>
      <form class="form" onSubmit=${submit}>
        <div class="split">
          ${field("CameraId", "Camera", "Letters, digits, - and _; it cannot be changed later", true)}
          ${field("Name", "Name", "What people call it; optional")}
          ${PLACE.map(({ name, label, hint }) => field(name, label, hint, !name.endsWith("Name")))}
        </div>
        ${PLACE.map(({ name }) => html`<datalist id=${`known-${name}`} key=${name}>${[...new Set(cameras.map((camera) => camera[name]))].filter(Boolean).map((value) => html`<option value=${value} />`)}</datalist>`)}
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <${ActionButton} class="primary" busy=${busy}>Register<//>
        </footer>
      </form>
    <//>
  `;
}

function One({ camera, onClose, onToken, onChange }) {
  const [draft, setDraft] = useState(camera);
  useEffect(() => setDraft(camera), [camera.CameraId]);
  const { CameraId, RevokedAt } = camera;
  const change = useMay("PATCH", path`/sightline/cameras/${CameraId}`);
  const changed = ["Name", ...PLACE.map(({ name }) => name)].filter((name) => draft[name] !== camera[name]);
  const [save, saving] = useAction(async () => {
    const body = Object.fromEntries(changed.map((name) => [name, draft[name].trim()]));
    await call("control", "PATCH", path`/sightline/cameras/${CameraId}`, { body });
    toast.done(`${CameraId} is saved.`);
    onChange();
    onClose();
  });
  const [rotate, rotating] = useAction(async () => {
    onToken(await call("control", "POST", path`/sightline/cameras/${CameraId}/token`));
    onChange();
  });
  const [revoke, revoking] = useAction(async () => {
    await call("control", "DELETE", path`/sightline/cameras/${CameraId}`);
    toast.done(`${CameraId} can no longer send.`);
    onChange();
    onClose();
  });
  const askRotate = async () =>
    (await confirm({ title: `A new token for ${CameraId}?`, text: "The token that the camera has now stops working at once. It sends again when it has the new one.", yes: "Make a new token" })) && rotate();
  const askRevoke = async () =>
    (await confirm({ title: `Revoke ${CameraId}?`, text: "Its token stops working at once, and nothing that it sends is taken. Its pictures stay.", yes: "Revoke", danger: true })) && revoke();
  const field = (name, label) => html`<${Field} label=${label} value=${draft[name]} readonly=${!change.allowed} onInput=${(value) => setDraft({ ...draft, [name]: value })} />`;
  return html`
    <${Dialog} title=${camera.Name || CameraId} onClose=${onClose} wide>
      <form class="form" onSubmit=${(event) => (event.preventDefault(), changed.length && save())}>
        <dl class="facts">
          <dt>Camera</dt><dd>${CameraId}</dd>
          <dt>State</dt><dd><${State} camera=${camera} /></dd>
          <dt>Registered</dt><dd>${format.dateTime(camera.CreatedAt)}</dd>
          <dt>Last picture</dt><dd>${format.dateTime(camera.LastSeenAt)}</dd>
          ${RevokedAt && html`<dt>Revoked</dt><dd>${format.dateTime(RevokedAt)}</dd>`}
        </dl>
        <div class="split">${field("Name", "Name")}${PLACE.map(({ name, label }) => field(name, label))}</div>
        ${change.reason && html`<p class="hint">${change.reason}</p>`}
        <footer class="spread">
          <div class="row">
            <${ActionButton} type="button" busy=${rotating} reason=${change.reason} onClick=${askRotate}><${Icon} name="refresh" />New token<//>
            ${!RevokedAt && html`<${ActionButton} type="button" class="danger" busy=${revoking} reason=${change.reason} onClick=${askRevoke}>Revoke<//>`}
          </div>
          <${ActionButton} class="primary" busy=${saving} reason=${change.reason || (changed.length ? "" : "Nothing has changed.")}>Save<//>
        </footer>
      </form>
    <//>
  `;
}

function NewToken({ answer: { Camera, Token }, onClose }) {
  return html`
    <${Dialog} title=${`The token of ${Camera.CameraId}`} onClose=${onClose}>
      <p>Copy it to the camera now: <strong>it is shown this once</strong>, and nobody can look it up later.</p>
      <${Secret} text=${Token} label="Copy the token" />
      <footer><button class="primary" onClick=${onClose}>I have it</button></footer>
    <//>
  `;
}
