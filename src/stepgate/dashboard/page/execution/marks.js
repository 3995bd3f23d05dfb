/** What the diagram says about each of its states, from all visits to it. */

/** The first one is the most urgent: a state that several items have visited has one mark. */
const URGENCY = ["failed", "current", "contains", "caught", "aborted", "passed"];

export const MARK_WORDS = {
  current: "in this state",
  passed: "passed",
  failed: "the error came from here",
  contains: "contains the failed state",
  caught: "its error was caught",
  aborted: "cut off",
};

/**
 * Red is only where the error came from.
 *
 * @param {import("./requests.js").StateVisit} visit
 */
export function markOf({ status, isOrigin, isCaught }) {
  if (status === "RUNNING") return "current";
  if (status === "SUCCEEDED") return "passed";
  if (status === "ABORTED") return "aborted";
  if (isCaught) return "caught";
  return isOrigin ? "failed" : "contains";
}

/**
 * For example `item 0 of Each`, as AWS counts, and `branch 1 of At once`, as people do.
 *
 * @param {import("./requests.js").Around[]} around The outermost first.
 */
export const aroundText = (around) =>
  around
    .map(({ state, index, kind }) =>
      kind === "item" ? `item ${index} of ${state}` : `branch ${index + 1} of ${state}`,
    )
    .join(", ");

/** @param {string[]} marks */
export const mostUrgent = (marks) => URGENCY.find((each) => marks.includes(each)) ?? "passed";

/**
 * The mark of each visited state by its name, how often it was visited, and its items.
 *
 * @param {{states: import("./requests.js").StateVisit[], counts: Record<string, import("./requests.js").Counts>}} execution
 * @returns {Map<string, {mark: string, note: string, last: number}>} `last` is the index of the
 *   newest visit with that mark.
 */
export function marksOf({ states, counts }) {
  /** @type {Map<string, import("./requests.js").StateVisit[]>} */
  const visits = new Map();
  for (const each of states) {
    const all = visits.get(each.name);
    if (all) all.push(each);
    else visits.set(each.name, [each]);
  }
  return new Map(
    [...visits].map(([name, all]) => {
      const mark = mostUrgent(all.map(markOf));
      const last = all.findLast((each) => markOf(each) === mark)?.index ?? 0;
      const note = counts[name] ? countsText(counts[name]) : all.length > 1 ? `${all.length} ×` : "";
      return [name, { mark, note, last }];
    }),
  );
}

/**
 * For example `2 of 4 done, 1 failed`.
 *
 * @param {import("./requests.js").Counts} counts
 */
export function countsText({ total, succeeded, failed, running, aborted }) {
  const done = total === null ? `${succeeded} done` : `${succeeded} of ${total} done`;
  const rest = { failed, running, "cut off": aborted };
  const parts = Object.entries(rest).filter(([, count]) => count > 0);
  return [done, ...parts.map(([word, count]) => `${count} ${word}`)].join(", ");
}
