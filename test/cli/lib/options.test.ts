import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homelabCommand } from "../../../cli/homelab";
import { root, sources } from "../../structure/sources";

const shared = ["--stack", "--file", "--identity", "--json", "--yes", "--dry-run", "--pair"];

const commands = homelabCommand().commands.flatMap((command) => [command, ...command.commands]);

test.each(shared.map((long) => [long]))("%s means the same in every command", (long) => {
  const meanings = commands.flatMap(({ options }) =>
    options
      .filter((option) => option.long === long)
      // What holds without it stands in brackets; `adopt` names a stack that is not there yet.
      .map(({ flags, description }) => `${flags}: ${description.replace(/ \(.*\)$|: .*$/, "")}`),
  );
  expect(meanings.length).toBeGreaterThan(0);
  expect([...new Set(meanings)]).toHaveLength(long === "--pair" ? 2 : 1);
});

test.each(shared.filter((long) => long !== "--pair").map((long) => [long]))(
  "%s is defined in one file",
  (long) => {
    const definition = new RegExp(`[oO]ption\\(\\s*"${long}[ "]`);
    const files = sources.filter(
      (file) => file.startsWith("cli/") && definition.test(readFileSync(join(root, file), "utf8")),
    );
    expect(files).toEqual(["cli/lib/options.ts"]);
  },
);

test("every command that edits the state or works on hosts can be tried without a change", () => {
  const able = commands.filter(({ options }) => options.some(({ long }) => long === "--dry-run"));
  expect(able.map((command) => command.name()).sort()).toEqual([
    "migrate-ha",
    "recover",
    "rollback",
    "switch",
    "sync-state",
  ]);
});

test("sync-state answers to its earlier name", () => {
  const command = homelabCommand().commands.find((one) => one.name() === "sync-state");
  expect(command?.aliases()).toEqual(["follow"]);
});
