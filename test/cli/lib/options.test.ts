import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homelabCommand } from "../../../cli/homelab";
import { commandName, runnable } from "../../../cli/lib/self/command-name";
import { examples } from "../../../cli/lib/self/examples";
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

test("every command stands in a group of the help, and has an example that it takes", () => {
  const homelab = homelabCommand();
  const names = homelab.commands.map((command) => command.name());
  expect(names.sort()).toEqual(Object.keys(examples).sort());
  for (const command of homelab.commands) {
    expect(command.helpGroup(), command.name()).toMatch(/^[A-Z].*:$/);
    const example = examples[command.name()]?.split(" ").slice(1) ?? [];
    const flags = example.filter((word) => word.startsWith("--"));
    const below = command.commands.find((one) => one.name() === example[0]) ?? command;
    const known = below.options.map(({ long }) => long);
    expect(known).toEqual(expect.arrayContaining(flags));
    const needed = below.options.filter(({ mandatory }) => mandatory).map(({ long }) => long);
    expect(flags).toEqual(expect.arrayContaining(needed));
  }
});

test("hints name the command as a shell here finds it", () => {
  const hint = "run `homelab recover --stack a` first, or: homelab preview; homelab is a program";
  expect(runnable(hint, "homelab")).toBe(hint);
  expect(runnable(hint, "npx homelab")).toBe(
    "run `npx homelab recover --stack a` first, or: npx homelab preview; homelab is a program",
  );
  const folder = mkdtempSync(join(tmpdir(), "bin-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = `/nowhere:${folder}`;
  expect(commandName(path, true)).toBe("npx homelab");
  writeFileSync(join(folder, "homelab"), "");
  expect(commandName(path, true)).toBe("homelab");
  // Sources run from a clone, which another installation is not.
  expect(commandName(path, false)).toBe("npx homelab");
});

test("sync-state answers to its earlier name", () => {
  const command = homelabCommand().commands.find((one) => one.name() === "sync-state");
  expect(command?.aliases()).toEqual(["follow"]);
});
