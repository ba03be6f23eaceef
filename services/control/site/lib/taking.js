/** A batch of chosen pictures in a component: opened, filled with what people give, gone on with. */
import { useCallback, useEffect, useState } from "./html.js";
import { openBatch } from "./batches.js";
import { examine, guesses } from "./intake.js";
import { goOn, progressOf } from "./teaching.js";
import { store, useStore } from "./store.js";

const AT_ONCE = 4;
const NONE = store(0);

/**
 * The batch of this name and how far it is: `[batch, progress]`; `[null, ...]` while it is opened.
 * One that was under way goes on.
 */
export function useBatch(name) {
  const [batch, setBatch] = useState(null);
  const progress = useStore(progressOf(name));
  useStore(batch?.changes ?? NONE);
  useEffect(() => {
    let wanted = true;
    setBatch(null);
    if (name) openBatch(name).then((found) => wanted && (setBatch(found), goOn(found)));
    return () => {
      wanted = false;
    };
  }, [name]);
  return [batch?.name === name ? batch : null, progress];
}

/**
 * Take files into a batch: `[take, busy]`, where `busy` says in words how far it is.
 * @param {object} limits the service's, see `examine`
 * @param {{alike?: boolean}} options `alike`: pictures must all have one size
 */
export function useTaking(limits, { alike = false } = {}) {
  const [busy, setBusy] = useState("");
  const take = useCallback(
    async (batch, files) => {
      setBusy("Looking at the files…");
      try {
        const { pictures, refused } = await sorted(files, batch, limits, (done) => setBusy(`Looking at the files: ${done} of ${files.length}`));
        setBusy("Keeping them, in case this page is closed…");
        await batch.add(pictures, refused);
        if (alike) await refuseOthers(batch);
      } finally {
        setBusy("");
      }
    },
    [limits, alike],
  );
  return [take, busy];
}

async function sorted(files, batch, limits, tell) {
  const guessed = guesses(files.map(({ path }) => path));
  const known = new Map(batch.pictures.map(({ digest, path }) => [digest, path]));
  const found = [];
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < files.length) {
      const at = next++;
      found[at] = await examine(files[at], limits);
      done += 1;
      if (done % 10 === 0) tell(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const pictures = [];
  const refused = [];
  files.forEach(({ file, path }, at) => {
    const { problem, ...facts } = found[at];
    if (problem) refused.push({ path, problem });
    else if (known.has(facts.digest)) refused.push({ path, problem: `It is the same picture as ${known.get(facts.digest)}.` });
    else {
      known.set(facts.digest, path);
      pictures.push({ path, file, size: file.size, ...facts, ...guessed.get(path) });
    }
  });
  return { pictures, refused };
}

/** A model learns from pictures of one size: that of most of them. */
async function refuseOthers(batch) {
  const counts = new Map();
  const size = ({ width, height }) => `${width} x ${height}`;
  for (const one of batch.pictures) counts.set(size(one), (counts.get(size(one)) ?? 0) + 1);
  const [usual] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  const others = batch.pictures.filter((one) => size(one) !== usual);
  if (!others.length) return;
  await batch.remove(others.map(({ id }) => id));
  const refused = others.map((one) => ({ path: one.path, problem: `It has ${size(one)} pixels, most have ${usual}: a model learns from pictures of one size.` }));
  await batch.change({ refused: [...batch.refused, ...refused] });
}
