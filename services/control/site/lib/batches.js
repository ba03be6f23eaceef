/**
 * Pictures that were chosen and are on their way: kept in the browser's database with their files,
 * so that neither a reload nor a closed tab loses them. Where the browser keeps nothing (no room, a
 * private window), they last as long as the page; `kept` then says false.
 */
import { store } from "./store.js";

const NAME = "sightline";
const DAYS_KEPT = 14;
const AT_ONCE = 50;

/** @typedef {{id: number, path: string, label: "" | "normal" | "anomaly", set: "train" | "test", size: number,
 *   type: string, width: number, height: number, digest: string, file: Blob, sourceRef: string}} Picked */
/** @typedef {{path: string, problem: string}} Refused */

const open = new Map();
let database;

/** The batch of this name, as it was left; a new one when there is none. */
export function openBatch(name) {
  if (!open.has(name)) open.set(name, load(name));
  return open.get(name);
}

export const newBatchName = () => crypto.randomUUID().slice(0, 13);

async function load(name) {
  const { plan, pictures } = await read(name);
  forgetOld();
  return new Batch(name, plan ?? { name, at: Date.now(), refused: [] }, pictures);
}

async function read(name) {
  const plan = await ask("plans", "readonly", (plans) => plans.get(name));
  const all = async (kind) => (await ask(kind, "readonly", (stored) => stored.getAll(whole(name)))) ?? [];
  const files = new Map((await all("files")).map(({ id, file }) => [id, file]));
  const pictures = (await all("pictures")).filter(({ id }) => files.has(id));
  return { plan, pictures: pictures.map((one) => ({ ...one, file: files.get(one.id) })) };
}

const whole = (name) => IDBKeyRange.bound([name, 0], [name, Infinity]);

class Batch {
  constructor(name, plan, pictures) {
    /** Counts changes, for components to watch. */
    this.changes = store(0);
    Object.assign(this, { name, plan, pictures, kept: true });
  }

  get refused() {
    return this.plan.refused;
  }

  /** Take over what another tab has done with it. */
  async reload() {
    if (!this.kept) return;
    const { plan, pictures } = await read(this.name);
    if (!plan) return;
    Object.assign(this, { plan, pictures });
    this.#tell();
  }

  /** @param {Omit<Picked, "id">[]} pictures @param {Refused[]} refused */
  async add(pictures, refused) {
    let id = Math.max(0, ...this.pictures.map((one) => one.id));
    const added = pictures.map((one) => ({ sourceRef: "", ...one, batch: this.name, id: (id += 1) }));
    this.pictures = [...this.pictures, ...added];
    await this.change({ refused: [...this.refused, ...refused] });
    for (let at = 0; at < added.length && this.kept; at += AT_ONCE) {
      await this.#put("files", added.slice(at, at + AT_ONCE).map(({ id, file }) => ({ batch: this.name, id, file })));
    }
    await this.#put("pictures", added.map(described));
  }

  /** Change some pictures; the same changes for all of them. */
  async set(ids, changes) {
    const wanted = new Set(ids);
    this.pictures = this.pictures.map((one) => (wanted.has(one.id) ? { ...one, ...changes } : one));
    this.#tell();
    await this.#put("pictures", this.pictures.filter((one) => wanted.has(one.id)).map(described));
  }

  async remove(ids) {
    const gone = new Set(ids);
    this.pictures = this.pictures.filter((one) => !gone.has(one.id));
    this.#tell();
    for (const kind of ["pictures", "files"]) {
      await ask(kind, "readwrite", (all) => [...gone].map((id) => all.delete([this.name, id])).at(-1));
    }
  }

  /** Change what is to be done with the pictures. */
  async change(changes) {
    this.plan = { ...this.plan, ...changes };
    this.#tell();
    await this.#put("plans", [this.plan]);
  }

  /** Forget the batch, and what the browser keeps of it. */
  async forget() {
    open.delete(this.name);
    for (const kind of ["pictures", "files"]) await ask(kind, "readwrite", (all) => all.delete(whole(this.name)));
    await ask("plans", "readwrite", (plans) => plans.delete(this.name));
  }

  async #put(kind, records) {
    if (!records.length || !this.kept) return;
    const done = await ask(kind, "readwrite", (stored) => records.map((record) => stored.put(record)).at(-1));
    if (done !== undefined) return;
    this.kept = false;
    this.#tell();
  }

  #tell() {
    this.changes.set(this.changes.get() + 1);
  }
}

/** A picture without its file, which is kept apart: it never changes. */
const described = ({ file, ...rest }) => rest;

/** What a request of the database gives, once its transaction is done; undefined when it fails. */
async function ask(name, mode, request) {
  try {
    database ??= connect();
    const transaction = (await database).transaction(name, mode);
    const asked = request(transaction.objectStore(name));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(asked.result ?? (mode === "readwrite" ? true : undefined));
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } catch {
    return undefined;
  }
}

const connect = () =>
  new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const kind of ["pictures", "files"]) asked.result.createObjectStore(kind, { keyPath: ["batch", "id"] });
      asked.result.createObjectStore("plans", { keyPath: "name" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

async function forgetOld() {
  const before = Date.now() - DAYS_KEPT * 86_400_000;
  for (const { name, at } of (await ask("plans", "readonly", (plans) => plans.getAll())) ?? []) {
    if (at < before && !open.has(name)) await Batch.prototype.forget.call({ name });
  }
}
