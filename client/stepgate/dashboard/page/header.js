/** The head of the page: which stack, its instance, and whether what is shown is still so. */

import { byId, setAttributes, setText } from "./element.js";
import { moment } from "./time.js";

const GAUGES = new Set(["pending", "running", "stopping", "stopped"]);

export function headerView() {
  const stack = byId("stack");
  const instance = byId("instance");
  const connection = byId("connection");

  /**
   * @param {import("./records.js").State | null} state
   * @param {number | null} lostSince
   */
  return (state, lostSince) => {
    const isLost = lostSince !== null;
    const ahead = state?.ahead ?? 0;
    const asOf = lostSince ? moment(lostSince + ahead, Date.now() + ahead) : null;
    connection.hidden = !isLost;
    document.body.toggleAttribute("data-lost", isLost);
    const shown = asOf ? ` What is shown is as of ${asOf}.` : "";
    setText(byId("connection-text"), `Connection lost, trying again…${shown}`);
    const freshness = asOf ? `As of ${asOf}` : state && !isLost ? "Live" : "Connecting…";
    setText(byId("freshness"), freshness);
    if (!state) return;
    setText(stack, `${state.stack} · ${state.region}`);
    instance.hidden = !state.instance;
    if (state.instance) drawInstance(state.instance);
  };

  function drawInstance({ id, state, problem }) {
    const gauge = GAUGES.has(state) ? state : "unknown";
    setAttributes(instance, { "data-state": state ?? "unknown", "data-gauge": gauge });
    setText(byId("instance-state"), state ?? "state unknown");
    setText(byId("instance-id"), `EC2 ${id}`);
    setText(byId("instance-problem"), problem ?? "");
    byId("instance-problem").hidden = !problem;
  }
}
