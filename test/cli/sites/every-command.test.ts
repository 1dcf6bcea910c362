import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, expect, test } from "vitest";
import { homelabCommand } from "../../../cli/homelab";
import { openStackFile } from "../../../cli/lib/members";
import { siteOfNames, withOwnStack } from "../../../cli/lib/self/own-stack";
import { root } from "../../structure/sources";
import { threeSites } from "../../support/clusters/three-sites";

const dir = mkdtempSync(join(tmpdir(), "homelab-sites-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, "Pulumi.three.yaml");
writeFileSync(file, threeSites());

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

const words = (command: Command): string[] =>
  command.parent ? [...words(command.parent), command.name()] : [];

const has = ({ options }: Command, long: string) => options.some((option) => option.long === long);

/** Commands on one cluster, as they are called, with what they cannot do without. */
const onOneCluster = leaves(homelabCommand())
  .filter((command) => has(command, "--site"))
  .map((command) => ({
    name: words(command).join(" "),
    takesFile: has(command, "--file"),
    args: [
      ...words(command),
      ...command.options.flatMap(({ mandatory, long, defaultValue }) =>
        mandatory && defaultValue === undefined && long !== "--stack"
          ? [String(long), long === "--out" ? join(dir, "out") : "traefik"]
          : [],
      ),
    ],
  }));

async function said(args: readonly string[]): Promise<string> {
  try {
    await homelabCommand().parseAsync(["node", "homelab", ...args]);
    return "accepted";
  } catch (error) {
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
}

/** Without a site it says something of all of them. */
const ofAllSites = ["render", "simulate"];

const rows = onOneCluster.map((row) => [row.name, row] as const);

test("every command but those on a whole stack works on one cluster", () => {
  const others = leaves(homelabCommand())
    .filter((command) => has(command, "--stack") && !has(command, "--site"))
    .map((command) => words(command).join(" "))
    .sort();
  expect(others).toEqual([
    "destroy",
    "drift",
    "init",
    "preview",
    "recover",
    "report",
    "sync-state",
    "up",
    "validate",
  ]);
});

test.each(rows.filter(([name, { takesFile }]) => takesFile && !ofAllSites.includes(name)))(
  "%s without a site names the sites and does nothing",
  async (_name, { args }) => {
    expect(await said([...args, "--file", file])).toBe(
      `UsageError: ${file}: this stack has the sites home, parents and cottage; name one with --site, e.g. --site home`,
    );
  },
);

test.each(rows.filter(([, { takesFile }]) => takesFile))(
  "%s with a mistyped site says which was meant",
  async (_name, { args }) => {
    expect(await said([...args, "--file", file, "--site", "parnts"])).toBe(
      `UsageError: ${file}: there is no site "parnts"; did you mean "parents"?`,
    );
  },
);

test.each(rows)("%s refuses a site for a stack with one cluster", async (_name, { args }) => {
  expect(await said([...args, "--stack", "homelab", "--site", "parents"])).toMatch(
    /^UsageError: .*Pulumi\.homelab\.yaml: this stack has one cluster and no sites; leave out --site parents$/,
  );
});

test.each(["switch", "rollback", "drill"])("%s takes the site with the pair", async (command) => {
  expect(await said([command, "--file", file, "--pair", "parnts/traefik"])).toContain(
    'there is no site "parnts"; did you mean "parents"?',
  );
  expect(await said([command, "--file", file, "--pair", "parents/traefk"])).toBe(
    'UsageError: there is no pair "traefk"; did you mean "traefik"?',
  );
  expect(await said([command, "--file", file, "--pair", "parents/traefik", "--site", "home"])).toBe(
    'UsageError: --pair parents/traefik is of the site "parents", and --site says "home"; leave one of them out',
  );
});

test("names of one command are of one site", () => {
  expect(siteOfNames({ pair: "home/traefik", member: "traefik-2" })).toEqual({
    pair: "traefik",
    site: "home",
  });
  expect(siteOfNames({ pair: "traefikPairs.traefik", site: "home" })).toEqual({ site: "home" });
  expect(siteOfNames({ pair: "home/traefik", member: "home/a" })).toEqual({
    pair: "traefik",
    member: "a",
    site: "home",
  });
  expect(() => siteOfNames({ pair: "home/traefik", member: "parents/a" })).toThrow(
    '--member parents/a is of the site "parents", and --pair home/traefik says "home"',
  );
  // A path is no name.
  expect(siteOfNames({ member: "/a/b", pair: 3 })).toEqual({});
});

test("pairs of one name in two sites are reached at the addresses of their own", () => {
  const addresses = (site: string) =>
    openStackFile({ file, site }).resolved.traefikPairs.traefik?.members.map(
      ({ address }) => address,
    );
  expect(addresses("home")).toEqual(["192.168.1.21", "192.168.1.22"]);
  expect(addresses("parents")).toEqual(["192.168.2.21", "192.168.2.22"]);
});

test("what is kept of a site is not mixed up with a stack of that name", () => {
  const twin = join(dir, "Pulumi.three.home.yaml");
  writeFileSync(twin, readFileSync(join(root, "Pulumi.homelab.yaml")));
  try {
    expect(() => openStackFile({ file, site: "home" })).toThrow(
      'would be mixed up with that of the stack "three.home", because Pulumi.three.home.yaml stands beside it; rename one of the two',
    );
    expect(openStackFile({ file, site: "parents" }).name).toBe("three.parents");
  } finally {
    rmSync(twin);
  }
});

test.each([
  [
    "try `homelab switch --pair a --back` then",
    "try `homelab switch --stack lab --site home --pair a --back` then",
  ],
  [
    "pin it: homelab doctor --accept x",
    "pin it: homelab doctor --stack lab --site home --accept x",
  ],
  ["`homelab cutover next --name a`", "`homelab cutover next --stack lab --site home --name a`"],
  ["`homelab up --simulated`", "`homelab up --stack lab --simulated`"],
  ["a mention of `homelab switch` alone", "a mention of `homelab switch` alone"],
  ["`homelab switch --stack other --pair a`", "`homelab switch --stack other --pair a`"],
  ["`homelab completion bash`", "`homelab completion bash`"],
])("a recommended command works on the same stack: %s", (text, expected) => {
  const takes = (command: string, option: string) =>
    command !== "completion" && (option !== "site" || command !== "up");
  expect(withOwnStack(text, { stack: "lab", site: "home" }, takes)).toBe(expected);
});
