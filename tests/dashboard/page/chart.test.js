import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf } from "../../../src/stepgate/dashboard/page/chart.js";

test("failures stand on what succeeded, and one among many is seen", () => {
  const [none, much] = barsOf([
    [0, 0],
    [999, 1],
  ]);
  assert.equal(none.succeeded.height + none.failed.height, 0);
  assert.ok(much.failed.height >= 3);
  assert.equal(much.failed.y + much.failed.height, much.succeeded.y);
  assert.ok(much.failed.y >= 0);
});
