/** Fields with their labels, hints and errors, and buttons that say why they cannot be pressed. */
import { html, useId } from "../lib/html.js";

/**
 * A labelled field. Give `options` for a choice; everything else goes to the input.
 * @param {{label: string, hint?: any, error?: string, value: any, onInput: (value: any) => void,
 *   options?: (string | {value: string, label: string})[]}} props
 */
export function Field({ label, hint, error, value, onInput, options, ...input }) {
  const id = useId();
  const said = (hint || error) && `${id}-said`;
  const shared = {
    id,
    value,
    "aria-describedby": said || undefined,
    "aria-invalid": error ? "true" : undefined,
    onInput: (event) => onInput(event.currentTarget.value),
    ...input,
  };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${options ? html`<select ...${shared}>${options.map(option)}</select>` : html`<input ...${shared} />`}
      ${said && html`<p class=${error ? "field-error" : "hint"} id=${said}>${error || hint}</p>`}
    </div>
  `;
}

function option(choice) {
  const { value, label } = typeof choice === "string" ? { value: choice, label: choice } : choice;
  return html`<option value=${value} key=${value}>${label}</option>`;
}

/** A checkbox with its label. */
export function Check({ label, checked, onInput }) {
  return html`
    <label class="check">
      <input type="checkbox" checked=${checked} onInput=${(event) => onInput(event.currentTarget.checked)} />
      <span>${label}</span>
    </label>
  `;
}

/**
 * A button for a change. One that may not be pressed stays in reach of the keyboard, so that its
 * reason can be read.
 * @param {{busy?: boolean, reason?: string, onClick: () => void, children: any}} props
 */
export function ActionButton({ busy, reason, onClick, children, ...rest }) {
  const id = useId();
  const off = Boolean(busy || reason);
  const press = (event) => (off ? event.preventDefault() : onClick?.(event));
  return html`
    <button
      ...${rest}
      aria-disabled=${off ? "true" : undefined}
      aria-busy=${busy ? "true" : undefined}
      aria-describedby=${reason ? id : undefined}
      title=${reason || rest.title}
      onClick=${press}
    >
      ${children}${reason && html`<span id=${id} class="unseen">${reason}</span>`}
    </button>
  `;
}

/** One of a few, side by side: `choices` are `{value, label}`. */
export function Choice({ label, choices, value, onChange }) {
  const name = useId();
  return html`
    <fieldset class="choice">
      <legend class="unseen">${label}</legend>
      ${choices.map(
        (choice) => html`
          <label key=${choice.value}>
            <input
              type="radio"
              name=${name}
              value=${choice.value}
              checked=${choice.value === value}
              onInput=${() => onChange(choice.value)}
            />
            <span>${choice.label}</span>
          </label>
        `,
      )}
    </fieldset>
  `;
}
