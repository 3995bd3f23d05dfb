/** Asks for executions that the server has not told, or not all of; it then tells all pages. */

import { readExecution } from "./requests.js";

/** @param {() => void} onAnswer */
export function lookups(onAnswer) {
  const problems = new Map();
  const keyOf = (...names) => JSON.stringify(names);

  return {
    /** Each is asked for once, and once more when its status is another. */
    ask(workflow, execution, status = null) {
      const key = keyOf(workflow, execution, status);
      if (problems.has(key)) return;
      problems.set(key, null);
      readExecution(workflow, execution).catch(({ message }) => {
        problems.set(key, message);
        onAnswer();
      });
    },
    problem: (workflow, execution, status = null) =>
      problems.get(keyOf(workflow, execution, status)) ?? null,
    /** A new snapshot: what was not to be had may be by now. */
    forget: () => problems.clear(),
  };
}
