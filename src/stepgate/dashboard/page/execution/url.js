/** The page's address of an execution, one of its views, or one of its states. */

/**
 * @param {string} workflow
 * @param {string} name Of the execution, or its record's id.
 * @param {{tab?: string, state?: number | null}} [shown]
 */
export function executionUrl(workflow, name, { tab, state } = {}) {
  const query = new URLSearchParams();
  if (tab) query.set("view", tab);
  if (state !== null && state !== undefined) query.set("state", String(state));
  const path = `#/executions/${encodeURIComponent(workflow)}/${encodeURIComponent(name)}`;
  return query.size ? `${path}?${query}` : path;
}
