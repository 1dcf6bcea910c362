import { expect, test } from "vitest";
import { longestGapMinutes, plainInterval } from "../../../model/storage/calendar-interval";

test.each([
  { schedule: "*/15", plain: 15, gap: 15 },
  { schedule: "*:0/20", plain: 20, gap: 20 },
  { schedule: "0/2:00", plain: 120, gap: 120 },
  { schedule: "hourly", plain: 60, gap: 60 },
  { schedule: "22:30", plain: undefined, gap: 1440 },
  { schedule: "8..17:0/30", plain: undefined, gap: 14 * 60 + 30 },
  { schedule: "mon..fri 22:00", plain: undefined, gap: 3 * 1440 },
  { schedule: "sat 06:00", plain: undefined, gap: 7 * 1440 },
  { schedule: "2026-01-01 00:00", plain: undefined, gap: undefined },
])("$schedule", ({ schedule, plain, gap }) => {
  expect(plainInterval(schedule)).toBe(plain);
  expect(longestGapMinutes(schedule)).toBe(gap);
});
