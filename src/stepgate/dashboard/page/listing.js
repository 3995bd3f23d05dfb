/** The rows of a list, kept up to date with what the stream sends. */

const UNITS = new Map([
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/**
 * Milliseconds of, for example, `15m`, `1h` or `7d`; null if it is not a period.
 *
 * @param {string} since
 */
export function periodOf(since) {
  const [, count, unit] = since.match(/^(\d+)([mhd])$/) ?? [];
  return count ? Number(count) * (UNITS.get(unit) ?? 0) : null;
}

/**
 * As the server filters: see docs/dashboard.md.
 *
 * @param {import("./state.js").Summary} execution
 * @param {import("./selection.js").Filter} filter
 * @param {number} now By the server's clock.
 */
export function matches(execution, { workflow, status, since, text }, now) {
  const period = periodOf(since);
  return (
    (!workflow.length || workflow.includes(execution.workflow)) &&
    (!status.length || status.some((each) => isOf(execution, each))) &&
    (period === null || !execution.stopped || Date.parse(execution.stopped) >= now - period) &&
    (!text || contains(execution, text.toLowerCase()))
  );
}

/** Slow and waiting ones are running, too. */
const isOf = ({ status, isSlow, waiting }, wanted) =>
  wanted === status ||
  (wanted === "SLOW" && isSlow) ||
  (wanted === "WAITING" && waiting.length > 0);

const contains = ({ execution, error, problem, current }, text) =>
  [execution, error, problem, ...current].some((each) => each?.toLowerCase().includes(text));

/**
 * The rows after changes: replaced, added if they belong between the rows, or removed. The same
 * array if nothing differs.
 *
 * @param {import("./state.js").Summary[]} rows Newest start first.
 * @param {Iterable<import("./state.js").Summary>} changed
 * @param {(execution: import("./state.js").Summary) => boolean} isMatch
 * @param {boolean} isWhole Whether nothing older than the last row matches.
 */
export function mergeChanges(rows, changed, isMatch, isWhole) {
  const known = new Map(rows.map((each) => [each.id, each]));
  const oldest = rows.at(-1);
  let isSame = true;
  for (const each of changed) {
    const before = known.get(each.id);
    if (before ? before.revision >= each.revision : !isMatch(each)) continue;
    if (!before && !isWhole && oldest && each.started < oldest.started) continue;
    isSame = false;
    if (isMatch(each)) known.set(each.id, each);
    else known.delete(each.id);
  }
  return isSame ? rows : [...known.values()].sort(newestFirst);
}

const newestFirst = (one, other) =>
  one.started === other.started
    ? Number(one.id < other.id) - Number(one.id > other.id)
    : one.started < other.started
      ? 1
      : -1;
