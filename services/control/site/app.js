/** The beginning: read the configuration, take up the session, show the page that the address names. */
import { html, render, useEffect, useErrorBoundary, useRef, useState } from "./lib/html.js";
import { loadConfig } from "./lib/config.js";
import { followLinks, useRoute } from "./lib/router.js";
import { restore, useSession } from "./lib/session.js";
import { PAGES, pageNamed } from "./pages.js";
import { Questions } from "./ui/dialog.js";
import { Shell } from "./ui/shell.js";
import { SignIn } from "./ui/sign-in.js";
import { Empty, Failed, Loading } from "./ui/states.js";
import { Toasts } from "./ui/toast.js";

function App() {
  const session = useSession();
  if (session === undefined) return null;
  // Signing in happens on the page that was asked for: afterwards it is simply there.
  return html`
    ${session ? html`<${Shell} pages=${PAGES}><${Current} /><//>` : html`<${SignIn} />`}
    <${Questions} />
    <${Toasts} />
  `;
}

/** The page of the address. */
function Current() {
  const { page } = useRoute();
  const entry = pageNamed(page);
  const [loaded, setLoaded] = useState({ name: "", Page: null, error: null });
  const [broken, mend] = useErrorBoundary((error) => console.error(error));
  const first = useRef(true);

  useEffect(() => {
    let wanted = true;
    mend();
    entry
      ?.load()
      .then((module) => wanted && setLoaded({ name: page, Page: module.default, error: null }))
      .catch((error) => wanted && setLoaded({ name: page, Page: null, error }));
    return () => {
      wanted = false;
    };
  }, [page]);

  // The heading gets the focus, so that screen readers tell where one is now.
  useEffect(() => {
    if (!loaded.name) return;
    if (!first.current) document.querySelector("h1")?.focus({ preventScroll: true });
    if (!first.current) scrollTo(0, 0);
    first.current = false;
  }, [loaded.name]);

  if (!entry) return html`<${Empty} icon="uncertain" title="There is no such page">Choose one from the navigation.<//>`;
  if (broken) return html`<${Failed} error=${broken} retry=${() => mend()} />`;
  if (loaded.error) return html`<${Failed} error=${loaded.error} retry=${() => location.reload()} />`;
  if (loaded.name !== page) return html`<${Loading} rows=${4} />`;
  return html`<${loaded.Page} key=${page} />`;
}

async function start() {
  const root = document.getElementById("app");
  try {
    await loadConfig();
    await restore();
  } catch (error) {
    root.replaceChildren();
    render(html`<main class="alone"><${Failed} error=${error} retry=${() => location.reload()} /></main>`, root);
    return;
  }
  followLinks((name) => Boolean(pageNamed(name)));
  root.replaceChildren();
  render(html`<${App} />`, root);
}

start();
