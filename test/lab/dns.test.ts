import { expect, test } from "vitest";
import { type LookUp, noticed, stillLost, tableOfLookUps } from "../../lab/dns/table";

const row = (...tookMs: number[]): LookUp[] =>
  tookMs.map((took, index) => ({ startMs: index * 20, tookMs: took, outcome: "ok" }));

test("what is lost is not counted as slow too, and the longest is that of all", () => {
  const lost = { startMs: 60, tookMs: 10_010, outcome: "EAI_AGAIN" };
  expect(noticed([...row(1, 100, 101), lost])).toBe("1 lost, 1 slow of 4; 10.01 s");
  expect(noticed([])).toBe("nothing was looked up");
});

test("one column for each way, in the order in which they were asked", () => {
  const ways = { "the address": row(1), both: row(5010) };
  expect(tableOfLookUps([{ fault: "none", ways }])).toMatchInlineSnapshot(`
    "| fault | the address | both |
    | --- | --- | --- |
    | none | 0 lost, 0 slow of 1; 0.00 s | 0 lost, 1 slow of 1; 5.01 s |"
  `);
});

test("a look-up that began at the fault and was lost late is not lost for good", () => {
  const at = (startMs: number, outcome = "ok") => ({ startMs, tookMs: 1, outcome });
  expect(stillLost([at(0), at(5000), at(1000, "EAI_AGAIN")])).toBe(false);
  expect(stillLost([at(0), at(5000), at(4500, "EAI_AGAIN")])).toBe(true);
});
