/** Short messages at the edge of the window, read out by screen readers. */
import { html } from "../lib/html.js";
import { store, useStore } from "../lib/store.js";
import { Icon } from "./icons.js";

const SECONDS = 6;
const shown = store([]);
let last = 0;

/** @param {{kind?: "done" | "failed", text: string, action?: {label: string, run: () => void}}} message */
function show(message) {
  const id = (last += 1);
  shown.set([...shown.get().slice(-2), { kind: "done", ...message, id }]);
  // A failure stays until it is closed: it may have come while nobody looked.
  if (message.kind !== "failed") setTimeout(() => close(id), SECONDS * 1000);
  return () => close(id);
}

const close = (id) => shown.set(shown.get().filter((message) => message.id !== id));

export const toast = {
  show,
  done: (text, action) => show({ text, action }),
  failed: (error) => show({ kind: "failed", text: error.message }),
};

export function Toasts() {
  const messages = useStore(shown);
  return html`
    <div class="toasts" role="status" aria-live="polite" aria-label="Messages">
      ${messages.map(
        ({ id, kind, text, action }) => html`
          <div class="toast" data-kind=${kind} key=${id}>
            <${Icon} name=${kind === "failed" ? "anomalous" : "normal"} />
            <span>${text}</span>
            ${action &&
            html`<button class="quiet small" onClick=${() => (action.run(), close(id))}>${action.label}</button>`}
            <button class="icon-button" aria-label="Close" onClick=${() => close(id)}><${Icon} name="close" /></button>
          </div>
        `,
      )}
    </div>
  `;
}
