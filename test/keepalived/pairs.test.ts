import fc from "fast-check";
import { expect, test } from "vitest";
import { type PairSpec, pairFile, pairSpec, refusedBy, seenWith } from "./pairs";

/** More of them by hand: KEEPALIVED_PAIRS=60. */
const PAIRS = Number(process.env.KEEPALIVED_PAIRS ?? 6);
const AT_ONCE = 6;
/** Only those of one trouble, by hand. @default all */
const ONLY = process.env.KEEPALIVED_TROUBLE;

/** One of each kind, whatever the seed. */
const chosen: PairSpec[] = (
  [
    ["none", 0],
    ["none", -20],
    ["none", -120],
    ["no check", 0],
    ["password on one line", 0],
    ["check on one line", -20],
  ] as const
).map(([trouble, weight]) => ({
  trouble,
  weight,
  version: trouble === "password on one line" ? 2 : 3,
  priorities: [150, 100],
  unicast: true,
  auth: false,
}));

test(`what the pack says of ${PAIRS + chosen.length} pairs is what real daemons do`, async () => {
  const seed = Number(process.env.KEEPALIVED_SEED ?? 2026);
  const all = [...chosen, ...fc.sample(pairSpec, { numRuns: PAIRS, seed })];
  const specs = all.filter(({ trouble }) => ONLY === undefined || trouble === ONLY);
  const rows: string[] = [];
  const different: string[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let spec = specs[next++]; spec !== undefined; spec = specs[next++]) {
        const texts = [pairFile(spec, 0), pairFile(spec, 1)];
        const refused = await refusedBy(texts);
        const seen = await seenWith(texts, spec.trouble !== "nopreempt");
        const { trouble, version, priorities, weight, unicast, auth } = spec;
        const row = `${trouble}, v${version}, ${priorities.join("/")}, weight ${weight}${unicast ? ", unicast" : ""}${auth ? ", auth" : ""} | ${refused.join(", ") || "accepted"} | ${seen ?? "works"}`;
        rows.push(row);
        if ((seen === undefined) !== (refused.length === 0)) different.push(row);
      }
    }),
  );
  process.stdout.write(
    `seed ${seed} (KEEPALIVED_SEED): pair | pack | daemons\n${rows.join("\n")}\n`,
  );
  expect(rows).toHaveLength(specs.length);
  expect(different).toEqual([]);
});
