/** Who is told of defects, how, and of which. */
import { html, useState } from "../lib/html.js";
import { call, get, path } from "../lib/api.js";
import { useMay } from "../lib/may.js";
import { useAction, useDraft, useResource } from "../lib/use.js";
import { Dialog, confirm } from "../ui/dialog.js";
import { ActionButton, Check, Choice, Field } from "../ui/form.js";
import { Icon } from "../ui/icons.js";
import { Page } from "../ui/page.js";
import { Empty, Resource } from "../ui/states.js";
import { toast } from "../ui/toast.js";

const KINDS = {
  email: { icon: "mail", label: "Mail", field: "Mail address", type: "email", hint: "Its owner confirms it by a link in a first mail." },
  sms: { icon: "phone", label: "SMS", field: "Phone number", type: "tel", hint: "With the country's code: +49 170 1234567" },
  https: { icon: "link", label: "HTTPS", field: "Address", type: "url", hint: "A service that takes each alert as JSON and confirms the subscription itself." },
};
const SEVERITIES = [
  ["high", "High: surely a defect"],
  ["medium", "Medium: likely a defect"],
  ["low", "Low: the model was not sure"],
];
const SMS_COST = "Every SMS costs money: what Amazon SNS charges for your country, some cents each.";
const NEW = { Protocol: "email", Endpoint: "", Severities: [], Lines: [], Projects: [] };

export default function Alerts() {
  const alerts = useResource((signal) => get("control", "/sightline/alerts", { signal }), []);
  const places = useResource(async (signal) => {
    const { Lines } = await get("control", "/sightline/lines", { query: { latest: 0, counts: false }, signal });
    return { Lines: unique(Lines.map(({ Line }) => Line)), Projects: unique(Lines.flatMap(({ Projects }) => Projects)) };
  }, []);
  const [adding, setAdding] = useState(false);
  const may = useMay("POST", "/sightline/alerts");
  const full = alerts.data && alerts.data.Subscriptions.length >= alerts.data.Max;
  const reason = may.reason || (full ? `There can be ${alerts.data.Max} subscriptions; remove one first.` : "");
  const tools = html`<${ActionButton} class="primary" reason=${reason} onClick=${() => setAdding(true)}><${Icon} name="add" />Add a subscription<//>`;
  const empty = html`<${Empty} icon="alerts" title="Nobody is told">Add a subscription, and defects are told within seconds.<//>`;
  return html`
    <${Page} title="Alerts" lead="Who is told of defects within seconds. Many defects on one line within a minute are told as one." tools=${tools}>
      <${Resource} of=${alerts} rows=${4} empty=${({ Subscriptions }) => !Subscriptions.length} nothing=${empty}>
        ${({ Subscriptions }) => html`<${List} subscriptions=${Subscriptions} onChange=${alerts.refresh} />`}
      <//>
      ${adding && html`<${Add} places=${places.data ?? { Lines: [], Projects: [] }} onClose=${() => setAdding(false)} onDone=${() => (setAdding(false), alerts.refresh())} />`}
    <//>
  `;
}

function List({ subscriptions, onChange }) {
  const may = useMay("DELETE", "/sightline/alerts/x");
  const [remove, busy] = useAction(async (_, id, endpoint) => {
    await call("control", "DELETE", path`/sightline/alerts/${id}`);
    toast.done(`${endpoint} is told nothing more.`);
    onChange();
  });
  const ask = async ({ SubscriptionId, Endpoint }) =>
    (await confirm({ title: "Remove this subscription?", text: `${Endpoint} is told of nothing more.`, yes: "Remove", danger: true })) && remove(SubscriptionId, Endpoint);
  const reason = (subscription) => may.reason || (subscription.SubscriptionId ? "" : "It can be removed once its owner has confirmed it.");
  return html`
    <div class="card table-scroll" tabindex="0" role="region" aria-label="Subscriptions">
      <table class="cards">
        <thead>
          <tr><th scope="col">To</th><th scope="col">State</th><th scope="col">Severities</th><th scope="col">Lines</th><th scope="col">Projects</th><th scope="col"><span class="unseen">Change</span></th></tr>
        </thead>
        <tbody>
          ${subscriptions.map(
            (one) => html`
              <tr key=${`${one.Protocol} ${one.Endpoint}`}>
                <th scope="row"><span class="endpoint"><${Icon} name=${KINDS[one.Protocol]?.icon ?? "alerts"} label=${KINDS[one.Protocol]?.label ?? one.Protocol} />${one.Endpoint}</span></th>
                <td data-label="State">${one.State === "confirmed" ? html`<span class="badge" data-kind="good">Confirmed</span>` : html`<span class="badge" data-kind="warn">Waits to be confirmed</span>`}</td>
                <td data-label="Severities">${listed(one.Severities)}</td>
                <td data-label="Lines">${listed(one.Lines)}</td>
                <td data-label="Projects">${listed(one.Projects)}</td>
                <td class="number"><${ActionButton} class="small" busy=${busy} reason=${reason(one)} onClick=${() => ask(one)}>Remove<span class="unseen"> ${one.Endpoint}</span><//></td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

function Add({ places, onClose, onDone }) {
  const [draft, setDraft, forget] = useDraft("alert", NEW);
  const set = (changes) => setDraft({ ...draft, ...changes });
  const kind = KINDS[draft.Protocol];
  const [add, busy] = useAction(async () => {
    const Endpoint = draft.Protocol === "sms" ? draft.Endpoint.replace(/[\s()/-]/g, "") : draft.Endpoint.trim();
    await call("control", "POST", "/sightline/alerts", { body: { ...draft, Endpoint } });
    forget();
    toast.done(draft.Protocol === "sms" ? `${Endpoint} is told from now on.` : `${Endpoint} is told once it is confirmed.`);
    onDone();
  });
  return html`
    <${Dialog} title="Add a subscription" onClose=${onClose}>
      <form class="form" onSubmit=${(event) => (event.preventDefault(), add())}>
        <${Choice} label="How" value=${draft.Protocol} choices=${Object.entries(KINDS).map(([value, { label }]) => ({ value, label }))} onChange=${(Protocol) => set({ Protocol, Endpoint: "" })} />
        <${Field} key=${draft.Protocol} label=${kind.field} type=${kind.type} hint=${kind.hint} value=${draft.Endpoint} onInput=${(Endpoint) => set({ Endpoint })} required />
        ${draft.Protocol === "sms" && html`<p class="cost">${SMS_COST}</p>`}
        <${Filter} title="Severities" choices=${SEVERITIES} chosen=${draft.Severities} onChange=${(Severities) => set({ Severities })} />
        <${Filter} title="Lines" choices=${places.Lines.map((line) => [line, line])} chosen=${draft.Lines} onChange=${(Lines) => set({ Lines })} />
        <${Filter} title="Projects" choices=${places.Projects.map((name) => [name, name])} chosen=${draft.Projects} onChange=${(Projects) => set({ Projects })} />
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <${ActionButton} class="primary" busy=${busy}>Add<//>
        </footer>
      </form>
    <//>
  `;
}

/** Some of a few; none chosen means all of them. */
function Filter({ title, choices, chosen, onChange }) {
  if (!choices.length) return null;
  const toggle = (value, on) => onChange(on ? [...chosen, value] : chosen.filter((one) => one !== value));
  return html`
    <fieldset class="filter">
      <legend>${title} <span class="muted">${chosen.length ? "" : "all, unless you choose some"}</span></legend>
      ${choices.map(([value, label]) => html`<${Check} key=${value} label=${label} checked=${chosen.includes(value)} onInput=${(on) => toggle(value, on)} />`)}
    </fieldset>
  `;
}

const listed = (values) => (values.length ? values.join(", ") : html`<span class="muted">all</span>`);
const unique = (values) => [...new Set(values)].sort();
