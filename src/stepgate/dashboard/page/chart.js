/** The last hour of a workflow as bars: what succeeded below, what failed above. */

import { setAttributes, setText, svgElement } from "./element.js";
import { formatTime } from "./time.js";

const WIDTH = 240;
const HEIGHT = 40;
const GAP = 4;
const LEAST = 3; // what is there is seen

/**
 * The bars of each bucket, in units of the drawing.
 *
 * @param {[succeeded: number, failed: number][]} buckets
 */
export function barsOf(buckets) {
  const most = Math.max(1, ...buckets.map(([succeeded, failed]) => succeeded + failed));
  const width = WIDTH / buckets.length;
  const heightOf = (count) => (count ? Math.max(LEAST, (count / most) * (HEIGHT - LEAST)) : 0);
  return buckets.map(([succeeded, failed], index) => {
    const [below, above] = [heightOf(succeeded), heightOf(failed)];
    const place = { x: index * width + GAP / 2, width: width - GAP };
    return {
      succeeded: { ...place, y: HEIGHT - below, height: below },
      failed: { ...place, y: HEIGHT - below - above, height: above },
    };
  });
}

export function chart() {
  const root = svgElement("svg", {
    class: "chart",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
  });
  let drawn = "";

  return {
    root,
    /**
     * @param {[succeeded: number, failed: number][]} buckets
     * @param {{since: string, bucketSeconds: number}} times
     */
    draw(buckets, { since, bucketSeconds }) {
      const key = JSON.stringify([buckets, since]);
      if (key === drawn) return;
      drawn = key;
      const sum = (index) => buckets.reduce((total, each) => total + each[index], 0);
      setAttributes(root, {
        "aria-label": `Last hour: ${sum(0)} succeeded, ${sum(1)} failed`,
      });
      const bars = barsOf(buckets).map(({ succeeded, failed }, index) => {
        const from = Date.parse(since) + index * bucketSeconds * 1000;
        const counts = buckets[index];
        const title = svgElement("title");
        setText(title, `From ${formatTime(from)}: ${counts[0]} succeeded, ${counts[1]} failed`);
        return svgElement(
          "g",
          {},
          title,
          svgElement("rect", { ...succeeded, y: 0, height: HEIGHT, class: "slot" }),
          svgElement("rect", { ...succeeded, class: "succeeded" }),
          svgElement("rect", { ...failed, class: "failed" }),
        );
      });
      root.replaceChildren(...bars);
    },
  };
}
