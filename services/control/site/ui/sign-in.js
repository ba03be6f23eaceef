/** Signing in, and the first change of a given password. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { answer, ended, signIn } from "../lib/session.js";
import { useStore } from "../lib/store.js";
import { useTitle } from "../lib/use.js";
import { Field } from "./form.js";
import { Icon } from "./icons.js";
import { Brand } from "./shell.js";

export function SignIn() {
  const [challenge, setChallenge] = useState(null);
  return html`
    <main class="sign-in">
      <div class="sign-in-card">
        <${Brand} />
        <${challenge ? CHALLENGES[challenge.challenge] : Password} challenge=${challenge} onDone=${setChallenge} />
      </div>
    </main>
  `;
}

function Password({ onDone }) {
  useTitle("Sign in");
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const sessionEnded = useStore(ended);
  return html`
    <${Form} title="Sign in" button="Sign in" submit=${async () => onDone(await signIn(user, password))}>
      ${sessionEnded && html`<p class="banner" role="status"><${Icon} name="lock" /><span>Your session has ended. Sign in to go on where you were.</span></p>`}
      <${Field} label="User name" value=${user} onInput=${setUser} name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      <${Field} label="Password" type="password" value=${password} onInput=${setPassword} name="password" autocomplete="current-password" required />
    <//>
  `;
}

function FirstPassword({ challenge, onDone }) {
  useTitle("Choose your password");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const submit = async () => {
    if (password !== again) throw new Error("The two passwords are not the same.");
    onDone(await answer(challenge, password));
  };
  return html`
    <${Form} title="Choose your password" button="Save and sign in" submit=${submit}>
      <p class="muted">The password you were given works this once. Choose one that only you know.</p>
      <input type="hidden" name="username" autocomplete="username" value=${challenge.user} />
      <${Field} label="New password" type="password" value=${password} onInput=${setPassword} autocomplete="new-password" required />
      <${Field} label="New password again" type="password" value=${again} onInput=${setAgain} autocomplete="new-password" required />
    <//>
  `;
}

function Code({ challenge, onDone }) {
  useTitle("Enter the code");
  const [code, setCode] = useState("");
  return html`
    <${Form} title="Enter the code" button="Sign in" submit=${async () => onDone(await answer(challenge, code.trim()))}>
      <${Field} label="Code" hint="Six digits, from your authenticator app" value=${code} onInput=${setCode} inputmode="numeric" autocomplete="one-time-code" required />
    <//>
  `;
}

const CHALLENGES = { NEW_PASSWORD_REQUIRED: FirstPassword, SOFTWARE_TOKEN_MFA: Code };

function Form({ title, button, submit, children }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const form = useRef(null);
  useEffect(() => form.current.querySelector("input:not([type=hidden])").focus(), []);
  const onSubmit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await submit();
    } catch (reason) {
      setError(reason.message);
      setBusy(false);
    }
  };
  return html`
    <form ref=${form} onSubmit=${onSubmit} aria-busy=${busy ? "true" : undefined}>
      <h1>${title}</h1>
      ${children}
      <p class="form-error" role="alert">${error}</p>
      <button class="primary large" aria-disabled=${busy ? "true" : undefined}>${busy ? "One moment…" : button}</button>
    </form>
  `;
}
