/** Pictures side by side, to open and to select: by pointer, and by arrow keys with one stop for Tab. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import * as format from "../lib/format.js";
import { Icon } from "./icons.js";
import { HeatColours } from "./picture.js";
import { verdictWord } from "./verdict.js";

const SHOWN = 120;

/**
 * @typedef {object} Tile
 * @property {string | number} key
 * @property {string} name what the picture is called
 * @property {string} [url] where it is, or
 * @property {Blob} [file] the picture itself
 * @property {"normal" | "anomalous" | "not_inspected"} verdict
 * @property {any} [note] a few words below it
 * @property {boolean} [marked] whether a person has said what it is
 */

/**
 * @param {{label: string, tiles: Tile[], selected?: Set<any>, onSelect?: (selected: Set<any>) => void,
 *   onOpen?: (tile: Tile) => void, onBroken?: () => void, current?: any,
 *   mapOf?: (tile: Tile) => Promise<string | null>}} props without `onSelect` nothing can be selected;
 *   `mapOf` gives the address of a heat map, and is asked for tiles that are seen
 */
export function Tiles({ label, tiles, selected, onSelect, onOpen, onBroken, current, mapOf }) {
  const [shown, setShown] = useState(SHOWN);
  const [at, setAt] = useState(0);
  const list = useRef(null);
  const last = useRef(0);
  const some = tiles.slice(0, shown);
  const here = Math.min(at, some.length - 1);

  const select = (index, range) => {
    const next = new Set(selected);
    const on = !next.has(tiles[index].key);
    const [from, to] = range ? [Math.min(last.current, index), Math.max(last.current, index)] : [index, index];
    for (const { key } of tiles.slice(from, to + 1)) on || range ? next.add(key) : next.delete(key);
    last.current = index;
    onSelect(next);
  };
  const go = (index) => {
    const next = Math.max(0, Math.min(some.length - 1, index));
    setAt(next);
    list.current.children[next]?.querySelector("button").focus();
  };
  const keys = {
    ArrowRight: () => go(here + 1),
    ArrowLeft: () => go(here - 1),
    ArrowDown: () => go(here + columns(list.current)),
    ArrowUp: () => go(here - columns(list.current)),
    Home: () => go(0),
    End: () => go(some.length - 1),
    ...(onSelect && { x: () => select(here, false) }),
  };
  const press = (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const click = (index) => (event) => {
    setAt(index);
    if (onSelect && (event.shiftKey || event.ctrlKey || event.metaKey || !onOpen)) select(index, event.shiftKey);
    else onOpen?.(tiles[index]);
  };
  return html`
    ${mapOf && html`<${HeatColours} />`}
    <ul class="gallery tiles" ref=${list} aria-label=${label} onKeyDown=${press}>
      ${some.map(
        (tile, index) => html`
          <${One}
            key=${tile.key}
            tile=${tile}
            stop=${index === here}
            current=${tile.key === current}
            selected=${selected?.has(tile.key)}
            onClick=${click(index)}
            onBroken=${onBroken}
            mapOf=${mapOf}
            onCheck=${onSelect && ((event) => (setAt(index), select(index, event.shiftKey)))}
          />
        `,
      )}
    </ul>
    ${tiles.length > shown &&
    html`<p class="more"><button onClick=${() => setShown(shown + SHOWN)}>Show more (${format.integer(tiles.length - shown)} left)</button></p>`}
  `;
}

function One({ tile, stop, current, selected, onClick, onCheck, onBroken, mapOf }) {
  const url = useAddress(tile);
  const [element, map] = useMap(tile, mapOf);
  const [failed, setFailed] = useState(false);
  useEffect(() => setFailed(false), [url]);
  const broken = () => (setFailed(true), onBroken?.());
  const tab = stop ? 0 : -1;
  const label = `${tile.verdict === "not_inspected" ? "No label" : verdictWord(tile.verdict)}, ${tile.name}`;
  return html`
    <li class="tile" ref=${element} data-verdict=${tile.verdict}>
      <button class="thumbnail" data-verdict=${tile.verdict} tabindex=${tab} aria-label=${label} aria-current=${current ? "true" : undefined} title=${tile.name} onClick=${onClick}>
        ${url && !failed
          ? html`<img src=${url} alt="" loading="lazy" decoding="async" onError=${broken} />`
          : html`<span class="no-picture"><${Icon} name="not_inspected" /></span>`}
        ${map && url && !failed && html`<img class="heat" src=${map} alt="" />`}
        <span class="thumbnail-verdict"><${Icon} name=${tile.verdict} /></span>
        ${tile.marked && html`<span class="thumbnail-review"><${Icon} name="user" /></span>`}
      </button>
      ${onCheck && html`<label class="tile-check"><input type="checkbox" tabindex=${tab} checked=${Boolean(selected)} onClick=${onCheck} /><span class="unseen">Select ${tile.name}</span></label>`}
      <span class="tile-note">${tile.note ?? tile.name}</span>
    </li>
  `;
}

/** The address of a tile's heat map, once the tile has been seen: `[ref, address]`. */
function useMap(tile, mapOf) {
  const element = useRef(null);
  const [map, setMap] = useState(null);
  useEffect(() => {
    setMap(null);
    if (!mapOf) return undefined;
    let wanted = true;
    const show = ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      seen.disconnect();
      mapOf(tile).then((address) => wanted && setMap(address), () => undefined); // then it has none
    };
    const seen = new IntersectionObserver(show);
    seen.observe(element.current);
    return () => {
      wanted = false;
      seen.disconnect();
    };
  }, [mapOf, tile.key]);
  return [element, map];
}

/** Where a tile's picture is; that of a file lasts as long as the tile. */
function useAddress({ url, file }) {
  const [made, setMade] = useState("");
  useEffect(() => {
    if (!file) return undefined;
    const address = URL.createObjectURL(file);
    setMade(address);
    return () => URL.revokeObjectURL(address);
  }, [file]);
  return file ? made : url;
}

const columns = (list) => [...list.children].findIndex((one) => one.offsetTop > list.children[0].offsetTop) || list.children.length;
