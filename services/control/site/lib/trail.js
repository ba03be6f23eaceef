/**
 * The pictures that a person came past, so that the page of one of them can go on to the next: the
 * list that a page shows, in its order.
 */
import { get } from "./api.js";

const KEY = "sightline.trail";
const PAGES_MAX = 4;

/** Remember the list that is shown now. */
export function leaveTrail(inspections) {
  const refs = inspections.map(({ CameraId, ImageId }) => ({ CameraId, ImageId }));
  sessionStorage.setItem(KEY, JSON.stringify(refs));
}

/**
 * What comes before and after a picture: in the remembered list where it is in that, else in its
 * camera's day, newest first.
 */
export async function neighbours(inspection, signal) {
  const kept = around(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"), inspection);
  if (kept) return kept;
  let listed = [];
  let cursor;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = { camera: inspection.CameraId, day: inspection.CapturedAt.slice(0, 10), limit: 100, cursor };
    const found = await get("control", "/sightline/inspections", { query, signal });
    listed = listed.concat(found.Inspections);
    cursor = found.NextCursor;
    const here = around(listed, inspection);
    if (here && (here.next || !cursor)) return here;
    if (!cursor) break;
  }
  return around(listed, inspection) ?? { previous: null, next: null };
}

function around(list, { CameraId, ImageId }) {
  const index = list.findIndex((one) => one.CameraId === CameraId && one.ImageId === ImageId);
  return index < 0 ? null : { previous: list[index - 1] ?? null, next: list[index + 1] ?? null };
}
