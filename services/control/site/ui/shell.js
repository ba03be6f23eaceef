/** What surrounds every page: the navigation, who is signed in, and the theme. */
import { html, useEffect, useState } from "../lib/html.js";
import { may } from "../lib/may.js";
import { href, useRoute } from "../lib/router.js";
import { signOut, useSession } from "../lib/session.js";
import { Icon } from "./icons.js";

export function Shell({ pages, children }) {
  const { page } = useRoute();
  const [open, setOpen] = useState(false);
  const { role } = useSession();
  const entry = pages.find(({ name }) => name === page);
  useEffect(() => setOpen(false), [page]);
  useEffect(() => {
    const close = (event) => event.key === "Escape" && setOpen(false);
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, []);
  return html`
    <a class="skip" href="#content">Skip to the content</a>
    <div class="shell">
      <header class="bar">
        <button class="icon-button menu" aria-expanded=${String(open)} aria-controls="navigation" onClick=${() => setOpen(!open)}>
          <${Icon} name=${open ? "close" : "menu"} label=${open ? "Close the navigation" : "Open the navigation"} />
        </button>
        <${Brand} />
        <span class="bar-page" aria-hidden="true">${entry?.title}</span>
      </header>
      <nav id="navigation" aria-label="Pages" data-open=${String(open)}>
        <${Brand} />
        <div class="nav-pages">
          ${groups(pages, role).map(
            ([group, entries]) => html`
              <section key=${group} aria-label=${group}>
                <h2>${group}</h2>
                <ul>
                  ${entries.map(
                    ({ name, title, icon }) => html`
                      <li key=${name}>
                        <a href=${href(name)} aria-current=${name === page ? "page" : undefined}><${Icon} name=${icon} />${title}</a>
                      </li>
                    `,
                  )}
                </ul>
              </section>
            `,
          )}
        </div>
        <${Account} />
      </nav>
      <div class="backdrop" data-open=${String(open)} onClick=${() => setOpen(false)}></div>
      <main id="content" tabindex="-1" data-page=${page}>${children}</main>
    </div>
  `;
}

export const Brand = () => html`
  <span class="brand">
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4 9V6a2 2 0 0 1 2-2h3M15 4h3a2 2 0 0 1 2 2v3M20 15v3a2 2 0 0 1-2 2h-3M9 20H6a2 2 0 0 1-2-2v-3" />
      <circle cx="12" cy="12" r="3" />
    </svg>
    Sightline
  </span>
`;

function Account() {
  const { user, role } = useSession();
  return html`
    <div class="account">
      <div class="who">
        <${Icon} name="user" />
        <span><strong>${user}</strong><span class="muted">${role || "no group"}</span></span>
      </div>
      <${Theme} />
      <button class="quiet" onClick=${signOut}><${Icon} name="leave" />Sign out</button>
    </div>
  `;
}

const THEMES = { system: "moon", dark: "sun", light: "system" };
const THEME_AFTER = { system: "dark", dark: "light", light: "system" };

/** Dark, light, or as the system has it; `theme.js` sets it before the next first paint. */
function Theme() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "system");
  const choose = (next) => {
    setTheme(next);
    if (next === "system") {
      localStorage.removeItem("sightline.theme");
      delete document.documentElement.dataset.theme;
    } else {
      localStorage.setItem("sightline.theme", next);
      document.documentElement.dataset.theme = next;
    }
  };
  const next = THEME_AFTER[theme];
  const label = next === "system" ? "Colours as the system has them" : `Use ${next} colours`;
  return html`<button class="quiet" onClick=${() => choose(next)}><${Icon} name=${THEMES[theme]} />${label}</button>`;
}

function groups(pages, role) {
  const found = new Map();
  const offered = ({ hidden, reads }) => !hidden && (!reads || may(role, "GET", reads));
  for (const page of pages.filter(offered)) {
    found.set(page.group, [...(found.get(page.group) ?? []), page]);
  }
  return [...found];
}
