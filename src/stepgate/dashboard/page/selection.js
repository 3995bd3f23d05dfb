/** The selection is in the page's URL, so that it survives a reload and can be shared. */

/** @returns {{workflow: string | null, execution: string | null}} */
export function readSelection() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  return { workflow: parameters.get("workflow"), execution: parameters.get("execution") };
}

/**
 * @param {string} workflow
 * @param {string} [execution]
 */
export function selectionUrl(workflow, execution) {
  return `#${new URLSearchParams(execution ? { workflow, execution } : { workflow })}`;
}
