/** Dialogs: the browser's own, which keep the focus inside and give it back. */
import { html, useEffect, useId, useRef } from "../lib/html.js";
import { store, useStore } from "../lib/store.js";
import { Icon } from "./icons.js";

// A form begins with its first field; anything else with its heading, which is read out.
const FIRST = "input:not([type=hidden], [type=radio], [readonly]), select, textarea";

/** @param {{title: string, onClose: () => void, wide?: boolean, children: any}} props */
export function Dialog({ title, onClose, wide, children }) {
  const element = useRef(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    element.current.showModal();
    (element.current.querySelector(FIRST) ?? element.current.querySelector("h2")).focus();
    return () => opener?.isConnected && opener.focus();
  }, []);
  const outside = (event) => event.target === element.current && onClose();
  const cancel = (event) => (event.preventDefault(), onClose());
  return html`
    <dialog ref=${element} class=${wide ? "wide" : ""} aria-labelledby=${id} onCancel=${cancel} onMouseDown=${outside}>
      <div class="dialog">
        <header>
          <h2 id=${id} tabindex="-1">${title}</h2>
          <button class="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
        </header>
        ${children}
      </div>
    </dialog>
  `;
}

const asked = store(null);

/**
 * Ask before something is done; resolves to whether it shall be. `cost` is a sentence about money
 * and stands out.
 *
 * @param {{title: string, text?: any, cost?: string, yes: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export const confirm = (question) => new Promise((answer) => asked.set({ ...question, answer }));

/** Where `confirm` shows its questions; the shell has one. */
export function Questions() {
  const question = useStore(asked);
  if (!question) return null;
  const answer = (yes) => {
    asked.set(null);
    question.answer(yes);
  };
  return html`
    <${Dialog} title=${question.title} onClose=${() => answer(false)}>
      ${question.text && html`<p>${question.text}</p>`}
      ${question.cost && html`<p class="cost">${question.cost}</p>`}
      <footer>
        <button class="quiet" onClick=${() => answer(false)}>Cancel</button>
        <button class=${question.danger ? "danger" : "primary"} onClick=${() => answer(true)}>${question.yes}</button>
      </footer>
    <//>
  `;
}
