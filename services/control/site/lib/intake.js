/** Files that people choose: what is a picture, what it shows by its folders, and what is refused. */

const NORMAL = /^(normal|good|ok|okay|pass(ed)?|fine|io|negative|no[-_ ]?defects?|defect[-_ ]?free|non[-_ ]?defective)$/i;
const ANOMALY = /^(anomal(y|ies|ous)|abnormal|bad|broken|defects?|defective|fail(ed|ures?)?|fault(s|y)?|ng|nio|nok|not[-_ ]?ok|positive|rejects?|rejected|scrap)$/i;
const TRAIN = /^train(ing)?$/i;
const TEST = /^(test(ing)?|val(id(ation)?)?|holdout)$/i;
const MASKS = /^(ground[-_ ]?truth|masks?)$/i;
const HIDDEN = /^(\.|__MACOSX$|thumbs\.db$|desktop\.ini$)/i;

/** @typedef {{file: File, path: string}} Chosen a file and its path below what was chosen */

/** The files of a drop, those in folders too. Read at once: the browser forgets a drop after its event. */
export async function dropped(transfer) {
  const entries = [...transfer.items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) await below(entry, "", found);
  return found;
}

/** The files of an input, of a folder or several files. */
export const chosen = (input) => [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

async function below(entry, folder, found) {
  if (!entry) return;
  if (entry instanceof File) {
    found.push({ file: entry, path: folder + entry.name });
  } else if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: folder + file.name });
  } else {
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await below(one, `${folder}${entry.name}/`, found);
    }
  }
}

/**
 * What the folders of files say, by path: `{label: "normal" | "anomaly" | "", set: "train" | "test"}`.
 *
 * Beside a folder of normal parts, every other folder holds defects, whatever they are called.
 */
export function guesses(paths) {
  const folders = new Map(paths.map((path) => [path, path.split("/").slice(0, -1)]));
  const parents = new Set();
  for (const parts of folders.values()) {
    const at = parts.findLastIndex((part) => NORMAL.test(part));
    if (at >= 0) parents.add(beside(parts, at));
  }
  const found = new Map();
  for (const [path, parts] of folders) {
    const named = parts.findLast((part) => NORMAL.test(part) || ANOMALY.test(part));
    const kind = parts.findIndex((_, at) => parents.has(beside(parts, at)) && !TRAIN.test(parts[at]) && !TEST.test(parts[at]));
    const label = named ? (NORMAL.test(named) ? "normal" : "anomaly") : kind >= 0 ? "anomaly" : "";
    found.set(path, { label, set: parts.some((part) => TEST.test(part)) ? "test" : "train" });
  }
  return found;
}

/** The folder around a part of a path, with the same meaning for train and for test. */
const beside = (parts, at) => parts.slice(0, at).map((part) => (TEST.test(part) ? "train" : part)).join("/");

/**
 * What can be known of a file before it is sent: `{digest, type, width, height}`, or `{problem}` in
 * words. Limits are those that the service says (`Pictures` of `/training`).
 */
export async function examine({ file, path }, limits) {
  const parts = path.split("/");
  if (parts.some((part) => HIDDEN.test(part))) return { problem: "It is a hidden file." };
  if (parts.slice(0, -1).some((part) => MASKS.test(part))) return { problem: "It lies in a folder of masks; these are not pictures of parts." };
  if (!file.size) return { problem: "It is empty." };
  if (file.size > limits.BytesMax) return { problem: "It is too large.", much: file.size };
  let data;
  try {
    data = new Uint8Array(await file.arrayBuffer());
  } catch {
    return { problem: "The browser could not read it; it may have been moved or changed." };
  }
  const found = png(data) ?? jpeg(data);
  if (!found) return { problem: "It is neither a PNG nor a JPEG: save it as one of these." };
  if (!found.width) return { problem: "It is cut short." };
  const { width, height } = found;
  if (Math.min(width, height) < limits.SideMin || Math.max(width, height) > limits.SideMax) {
    return { problem: `It has ${width} x ${height} pixels; ${limits.SideMin} to ${limits.SideMax} a side are possible.` };
  }
  return { ...found, digest: hex(await crypto.subtle.digest("SHA-256", data)) };
}

function png(data) {
  const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (!SIGNATURE.every((byte, at) => data[at] === byte)) return null;
  if (data.length < 24) return { type: "image/png" };
  const view = new DataView(data.buffer, data.byteOffset);
  return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

/** The size is in the first frame header; segments before it say how long they are. */
function jpeg(data) {
  if (data[0] !== 0xff || data[1] !== 0xd8) return null;
  const type = "image/jpeg";
  let at = 2;
  while (at + 9 < data.length) {
    if (data[at] !== 0xff) return { type };
    const marker = data[at + 1];
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { type, height: data[at + 5] * 256 + data[at + 6], width: data[at + 7] * 256 + data[at + 8] };
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + Math.max(2, data[at + 2] * 256 + data[at + 3]);
  }
  return { type };
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
