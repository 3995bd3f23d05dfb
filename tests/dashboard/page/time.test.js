import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatAgo,
  formatDuration,
  formatRecent,
  formatSeconds,
} from "../../../src/stepgate/dashboard/page/time.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("durations", () => {
  const expected = [
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [9_340, "9.3 s"],
    [1_050, "1.1 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [2 * MINUTE + 5 * SECOND, "2 min 05 s"],
    [HOUR + 2 * MINUTE, "1 h 02 min"],
    [3 * DAY + 4 * HOUR, "3 d 04 h"],
  ];
  for (const [milliseconds, text] of expected) assert.equal(formatDuration(milliseconds), text);
});

test("durations that are updated every second do not run ahead", () => {
  assert.equal(formatSeconds(999), "0 s");
  assert.equal(formatSeconds(59_999), "59 s");
  assert.equal(formatSeconds(MINUTE), "1 min 00 s");
});

test("times of today have no date", () => {
  const noon = new Date(2026, 10, 30, 12).getTime();
  assert.doesNotMatch(formatRecent(noon - HOUR, noon), /,/);
  assert.match(formatRecent(noon - DAY, noon), /^yesterday, /);
  assert.match(formatRecent(noon + DAY, noon), /^tomorrow, /);
  assert.match(formatRecent(noon - 3 * DAY, noon), /27/);
});

test("times in lists are relative", () => {
  const ago = [0, 12 * SECOND, 3 * MINUTE + 59 * SECOND, 2 * HOUR, 3 * DAY, -SECOND];
  assert.deepEqual(
    ago.map((each) => formatAgo(1e12 - each, 1e12)),
    ["now", "12 s ago", "3 min ago", "2 h ago", "3 d ago", "now"],
  );
});
