/** What a threshold makes of an evaluation set: plain arithmetic, at once. */

/**
 * Counts and metrics at a threshold; a metric is null where nothing could be divided.
 * @param {{Score: number, Label: "normal" | "anomaly"}[]} images
 */
export function judge(images, threshold) {
  const counts = { found: 0, missed: 0, alarms: 0, passed: 0 };
  for (const { Score, Label } of images) {
    const called = Score >= threshold;
    if (Label === "anomaly") counts[called ? "found" : "missed"] += 1;
    else counts[called ? "alarms" : "passed"] += 1;
  }
  const { found, missed, alarms } = counts;
  return {
    ...counts,
    precision: share(found, found + alarms),
    recall: share(found, found + missed),
    f1: share(2 * found, 2 * found + missed + alarms),
  };
}

const share = (part, whole) => (whole ? part / whole : null);

/** The scores that are shown, a little wider than those there are: `{low, high, step}`. */
export function scale(images, ...thresholds) {
  const scores = [...images.map(({ Score }) => Score), ...thresholds];
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  const margin = (most - least || Math.abs(most) || 1) * 0.04;
  return { low: least - margin, high: most + margin, step: (most - least + 2 * margin) / STEPS };
}

const STEPS = 500;

/** How many normal and anomalous pictures have scores in each of `count` equal parts of the scale. */
export function histogram(images, { low, high }, count) {
  const bins = Array.from({ length: count }, () => ({ normal: 0, anomaly: 0 }));
  for (const { Score, Label } of images) {
    bins[Math.min(count - 1, Math.floor(((Score - low) / (high - low)) * count))][Label] += 1;
  }
  return bins;
}
