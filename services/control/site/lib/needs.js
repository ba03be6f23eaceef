/** What a training needs, and what it costs, in words. */
import * as format from "./format.js";

/** How many pictures there are, by dataset; `test` is null where there is no such dataset. */
export function counts(datasets) {
  const of = (kind) => datasets[kind] && { normal: datasets[kind].ImageStats.Normal, anomaly: datasets[kind].ImageStats.Anomaly };
  return total({ train: of("train") ?? { normal: 0, anomaly: 0 }, test: of("test") ?? null });
}

/** The same with pictures added. @param {{label: string, set: string}[]} pictures */
export function countsWith(have, pictures) {
  const now = { train: { ...have.train }, test: have.test && { ...have.test } };
  for (const { label, set } of pictures) {
    now[set] ??= { normal: 0, anomaly: 0 };
    if (label) now[set][label] += 1;
  }
  return total(now);
}

const total = (now) => ({ ...now, total: [now.train, now.test].reduce((all, one) => all + (one ? one.normal + one.anomaly : 0), 0) });

/** What is missing before a model can be trained; "" when nothing is. */
export function lacking({ train, test }, needed) {
  const wanted = test
    ? [
        [needed.TrainNormal - train.normal, "picture of a good part", "pictures of good parts", "to learn from"],
        [needed.TestNormal - test.normal, "picture of a good part", "pictures of good parts", "to test on"],
        [needed.TestAnomaly - test.anomaly, "picture of a defect", "pictures of defects", "to test on"],
      ]
    : [
        [needed.Normal - train.normal, "picture of a good part", "pictures of good parts", ""],
        [needed.Anomaly - train.anomaly, "picture of a defect", "pictures of defects", ""],
      ];
  const missing = wanted.filter(([count]) => count > 0).map(([count, one, many, why]) => `${format.count(count, one, many)} ${why}`.trim());
  return missing.length ? `Still needed: ${list(missing)}.` : "";
}

/** What a training needs at least, in a sentence. */
export const needs = ({ Normal, Anomaly }) => `A model needs at least ${format.integer(Normal)} pictures of good parts and ${format.integer(Anomaly)} of defects, all of one size.`;

/** What a training costs, in a sentence. */
export const costOf = ({ Costs, MinutesMax }) =>
  `Training takes up to ${format.integer(MinutesMax)} minutes and costs at most ${format.money(cents(Costs.TrainingUsd))} (list prices of ${Costs.PricesOf}). Storing the pictures costs what S3 asks.`;

/** What looking at so many pictures costs at most, in a sentence; and at each again, for its heat map. */
export const costOfTrial = (costs, pictures, versions) =>
  `Looking at ${format.count(pictures, "picture")} costs at most about ${format.money(cents((2 * costs.TrialUsd * pictures * versions) / 1000))} (list prices of ${costs.PricesOf}).`;

/** Rounded up: what is promised at most. */
const cents = (dollars) => Math.max(1, Math.ceil(dollars * 100)) / 100;
const list = (words) => new Intl.ListFormat("en", { type: "conjunction" }).format(words);
