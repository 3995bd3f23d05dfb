/** What the page shows, as its address tells it, so that it survives a reload and can be shared. */

/** @returns {{workflow: string | null, execution: string | null}} */
export function selection() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  return { workflow: chosen.get("workflow"), execution: chosen.get("execution") };
}

/**
 * @param {string} workflow
 * @param {string} [execution]
 */
export function addressOf(workflow, execution) {
  return `#${new URLSearchParams(execution ? { workflow, execution } : { workflow })}`;
}
