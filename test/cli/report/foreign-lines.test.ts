import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkedLines } from "../../../cli/commands/cutover/text";
import { doctorLines } from "../../../cli/commands/doctor/text";
import { drillText } from "../../../cli/commands/drill/text";
import { gateLines } from "../../../cli/commands/gate/text";
import { monitoringLines } from "../../../cli/commands/monitoring/text";
import { plain } from "../../../cli/report/paint";
import { linesText, terminalText } from "../../../model/foreign-text";
import { messageOf } from "../../../policy/rule";
import { haproxyFile } from "../../../policy/rules/haproxy";

const ESC = "\u001b";
const breaks = ["\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"];
const nasty = (by: string) => `x${by}::error::  ok ${ESC}[2J\u202egood\u200b`;

/** Each output with a text of somebody else in it. */
const outputs: Record<string, (text: string) => string> = {
  doctor: (text) =>
    linesText(
      doctorLines(
        {
          file: "Pulumi.homelab.yaml",
          ok: false,
          checks: [{ check: "ssh", subject: text, verdict: "problem", found: text, fix: [text] }],
        } as unknown as Parameters<typeof doctorLines>[0],
        plain,
      ),
    ),
  drill: (text) =>
    drillText(
      {
        ...{ version: 1, stack: "homelab", pair: text, url: text, notMade: [], faults: [] },
        ...{ startedAt: "2026-01-01T00:00:00Z", endedAt: "2026-01-01T00:00:00Z" },
      },
      [],
      plain,
    ),
  cutover: (text) =>
    linesText(
      checkedLines([{ check: { kind: "word", what: text }, outcome: "fail", found: text }], plain),
    ),
  gate: (text) =>
    linesText(
      gateLines({
        ok: false,
        files: [{ path: text, what: "a rule" }],
        missing: [text],
        approvedBy: [text],
      } as unknown as Parameters<typeof gateLines>[0]),
    ),
  monitoring: (text) =>
    linesText(
      monitoringLines({
        out: "monitoring",
        files: [],
        alerts: [],
        gaps: [text],
      } as unknown as Parameters<typeof monitoringLines>[0]),
    ),
  "a policy": (text) =>
    messageOf(haproxyFile, {
      where: text,
      finding: { rule: "haproxy-file", path: [], message: text, fix: text, severity: "error" },
    }),
};

test.each(Object.entries(outputs))(
  "no text makes a line of its own in the output of %s",
  (_, output) => {
    const lines = (text: string) => terminalText(output(text), false).split("\n");
    const count = lines("x").length;
    for (const by of breaks) {
      const shown = lines(nasty(by));
      expect(shown).toHaveLength(count);
      expect(shown.join("")).not.toMatch(/[\p{Cc}\u2028\u2029\u202e\u200b]/u);
      expect(shown.filter((line) => /^\s*(::|ok )/.test(line))).toEqual([]);
    }
  },
);

test("commands print lists of lines by linesText alone", () => {
  const folder = "cli/commands";
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

  expect(sources.length).toBeGreaterThan(50);
  expect(
    sources
      .filter(([, text]) => /finish\.print\(\s*`[^;]*\.join\("\\n"\)/.test(text))
      .map(([name]) => name),
  ).toEqual([]);
});
