/** Asks for executions that the server has not told, or not all of; it then tells all pages. */

import { readExecution, RequestError } from "./requests.js";

const TOLD_SOON = 3_000;

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
      const isId = execution.includes("/"); // a record's; the stack knows names only
      const answer = isId ? toldOrGone() : readExecution(workflow, execution);
      answer.catch(({ message }) => {
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

/** What was just started is told by itself, a moment after the answer that gave its id. */
async function toldOrGone() {
  await new Promise((resolve) => setTimeout(resolve, TOLD_SOON));
  throw new RequestError("This call is not known any more: the server has been restarted since.");
}
