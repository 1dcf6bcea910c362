import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { expect, test } from "vitest";
import { parseCLI } from "vitest/node";
import { z } from "zod";
import { homelabCommand } from "../../cli/homelab";
import { labCommand } from "../../lab/run";
import { commandsIn, documentedIn, pages } from "../support/documented";
import { jsonOf } from "../support/json";

const root = join(__dirname, "../..");
const makefile = readFileSync(join(root, "Makefile"), "utf8");
const { scripts } = jsonOf(
  z.looseObject({ scripts: z.record(z.string(), z.string()) }),
  readFileSync(join(root, "package.json"), "utf8"),
);

/** The command line with commands that do nothing. */
function idle(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const one of command.commands) idle(one);
  if (command.commands.length === 0) command.action(() => {});
  return command;
}

/** Why a command line refuses these words; undefined where it takes them. */
function refusedBy(make: () => Command, words: string[], inSentence: boolean): string | undefined {
  const command = idle(make());
  // "`homelab switch` moves the address": the name alone stands for the command.
  const [name] = words;
  if (inSentence && words.length === 1 && command.commands.some((one) => one.name() === name)) {
    return undefined;
  }
  try {
    command.parse(words, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) return String(error);
    if (error.exitCode === 0) return undefined;
    const omitted = /^commander\.(missingMandatoryOptionValue|missingArgument)$/;
    return inSentence && omitted.test(error.code) ? undefined : error.message;
  }
}

function refusal([program, ...words]: string[], inSentence: boolean): string | undefined {
  // The name alone is that of the stack, or of the command as a whole.
  if (program === "homelab" && inSentence && words.length === 0) return undefined;
  if (program === "homelab") return refusedBy(homelabCommand, words, inSentence);
  if (program === "make") return refusedByMake(words, inSentence);
  if (program === "npx") {
    const [tool, ...rest] = words;
    if (tool === "homelab") return refusedBy(homelabCommand, rest, inSentence);
    if (tool !== "vitest") return `npx ${tool} is none of the tools here`;
    const { filter, options } = parseCLI(["vitest", ...rest]);
    const update: unknown = options.update;
    // `-u FILE` takes the file for the kind of update, and renews every snapshot there is.
    return update === undefined || update === true || filter.length > 0
      ? undefined
      : "the file after -u is none";
  }
  const script = words.find((word) => !word.startsWith("-") && word !== "run");
  if (words[0] !== "run")
    return ["ci", "pack", "install"].includes(words[0] ?? "") ? undefined : "?";
  if (script === undefined || scripts[script] === undefined) return `no script ${script}`;
  const at = words.indexOf("--");
  const rest = at < 0 ? [] : words.slice(at + 1);
  return script === "homelab" ? refusedBy(homelabCommand, rest, inSentence) : undefined;
}

function refusedByMake(words: string[], inSentence: boolean): string | undefined {
  const [target = "help"] = words.filter((word) => !word.includes("="));
  const recipe = new RegExp(`^${target}:.*\\n((?:\\t.*\\n)*)`, "m").exec(makefile)?.[1];
  if (recipe === undefined) return `no target ${target}`;
  const given = new Map(
    words
      .filter((word) => word.includes("="))
      .map((word) => word.split(/=(.*)/s) as [string, string]),
  );
  for (const name of given.keys()) {
    if (!recipe.includes(`$(${name})`)) return `${target} does not use ${name}`;
  }
  const more = (given.get("ARGS") ?? "").split(" ").filter(Boolean);
  if (target === "preview") return refusedBy(homelabCommand, ["preview", ...more], inSentence);
  return target === "lab" ? refusedBy(labCommand, more, inSentence) : undefined;
}

const programs = ["homelab", "make", "npm", "npx"];
const all = pages().flatMap((page) => documentedIn(page, programs));

test("every command of the documentation exists, with its options", () => {
  const refused = all.flatMap(({ where, words, inSentence }) => {
    const why = refusal(words, inSentence);
    return why === undefined ? [] : [`${where}: ${words.join(" ")}: ${why}`];
  });
  expect(refused).toEqual([]);
  expect(all.length).toBeGreaterThan(100);
});

test.each([
  ["`homelab swich --pair traefik`", "unknown command 'swich'"],
  ["`npm run --silent homelab -- audit --markdown`", "unknown option '--markdown'"],
  ["`npm run --silent bench:size`", "no script bench:size"],
  ["`make previews`", "no target previews"],
  ["`make preview STACKS=matrix`", "preview does not use STACKS"],
  ['`make lab ARGS="--run 10"`', "unknown option '--run'"],
  ["`npx vitest run -u test/a.test.ts`", "the file after -u is none"],
  ["`npx jest`", "npx jest is none of the tools here"],
])("rejects %s", (text, why) => {
  const [found] = commandsIn(text, "page.md", programs);
  expect(refusal(found?.words ?? [], true)).toContain(why);
});

test("a block of shell is read line by line, without comments and other programs", () => {
  const text = [
    "```sh",
    'PULUMI_X=1 make lab ARGS="--runs 10"   # medians',
    "cd house && npm run --silent homelab -- audit > audit.txt",
    "```",
    "```text",
    "make nothing",
    "```",
  ].join("\n");
  expect(commandsIn(text, "page.md", programs)).toEqual([
    { where: "page.md:2", words: ["make", "lab", "ARGS=--runs 10"], inSentence: false },
    {
      where: "page.md:3",
      words: ["npm", "run", "--silent", "homelab", "--", "audit"],
      inSentence: false,
    },
  ]);
});

test("every file of this repository that the documentation names is there", () => {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["node_modules", ".cache"].includes(entry.name))
    .map(({ name }) => name);
  const missing = pages().flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8");
    const named = [...text.matchAll(/`([a-z.-]+\/[\w./-]*)`/g)].map(([, path = ""]) => path);
    return named
      .filter((path) => folders.includes(path.split("/")[0] ?? ""))
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${page}: ${path}`);
  });
  expect(missing).toEqual([]);
});
