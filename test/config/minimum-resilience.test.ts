import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shortfallsOf } from "../../config/checks/minimum-resilience";
import { parseStackFile } from "../../config/file/parse-file";
import { problemText } from "../../config/file/problem";
import { loweredSettings } from "../../model/gate/watched-settings";

const matrix = readFileSync(join(__dirname, "../../Pulumi.matrix.yaml"), "utf8");

function demanded(lines: string): string[] {
  const { parsed } = parseStackFile(`${matrix.trimEnd()}\n\n  homelab:resilience:\n${lines}\n`);
  return parsed.stack ? [] : parsed.problems.map(problemText);
}

test("services that survive the loss of any node pass", () => {
  expect(demanded("    mustSurvive: [openbao, gitlab]")).toEqual([]);
});

test("one that waits for its node is refused, with the loss and the reason", () => {
  const [message = "", ...more] = demanded("    mustSurvive: [openbao, game-server]");
  expect(more).toEqual([]);
  expect(message).toMatch(
    /^homelab:resilience\.mustSurvive\[1\]: "game-server" does not survive the loss of neo \(.+\), expected that no node takes it down; give it a second member/,
  );
});

test("all means every service, and a storage is another loss", () => {
  expect(demanded("    mustSurvive: [all]").length).toBe(4);
  expect(demanded("    mustSurviveStorage: [openbao]")).toEqual([]);
  expect(demanded("    mustSurviveStorage: [gitlab]")[0]).toContain("the loss of ceph-vm-disks");
});

test("rejects a name that is no service", () => {
  expect(demanded("    mustSurvive: [gitlap]")[0]).toMatch(
    /found "gitlap", which is no service, expected one of /,
  );
});

test("a demand of the command line is judged by the same function", () => {
  const { parsed } = parseStackFile(matrix);
  if (!parsed.stack) throw new Error("the stack is refused");
  expect(shortfallsOf(parsed.stack, { mustSurvive: ["openbao"] })).toEqual([]);
  expect(shortfallsOf(parsed.stack, { mustSurvive: ["backup-stack"] })[0]).toContain("smith");
});

test("taking a demand out is a lowered setting for the gate, adding one is not", () => {
  const more = { resilience: { mustSurvive: ["dns", "web"] } };
  const less = { resilience: { mustSurvive: ["dns"] } };
  expect(loweredSettings(more, less).map(({ place, lost }) => [place, lost])).toEqual([
    ["homelab:resilience.mustSurvive", ["web"]],
  ]);
  expect(loweredSettings(less, more)).toEqual([]);
});
