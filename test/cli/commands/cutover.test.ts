import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import {
  journalDir,
  journalFile,
  readJournal,
  writeJournal,
} from "../../../cli/commands/cutover/journal";
import { setPhase, withPhase } from "../../../cli/commands/cutover/stack-file";
import { emptyJournal, entered } from "../../../model/cutover/journal";
import { editedStack, homelab, root, scratch } from "../../support/clusters/homelab";
import { stackData } from "../../support/clusters/stacks";
import { firstAttempt } from "../../support/cutover/first-attempt";

let home: ReturnType<typeof scratch>;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

/** The owner's first attempt as a stack file. */
function attempt(): string {
  const data = stackData("homelab");
  firstAttempt(data);
  const config = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [`homelab:${key}`, value]),
  );
  const file = join(home.dir, "Pulumi.attempt.yaml");
  writeFileSync(file, stringify({ config }));
  return file;
}

const reasons = [
  'found "https://10.0.20.200:443", expected a reference',
  'credential "dns-password" is at vault.viktorbarzin.me, which homelab:dns leads to 10.0.20.200',
  'the state backend is at 10.0.20.200 itself (port 5432, "postgresql", which shares it)',
];

test("rejects the owner's first attempt in one preview, with all three reasons", async () => {
  const { code, stdout } = await homelab("preview", "--no-engine", "--file", attempt());
  expect(code).toBe(1);
  for (const reason of reasons) expect(stdout).toContain(reason);
});

test("rejects to start the first attempt, and writes no journal", async () => {
  const file = attempt();
  const { code, stdout } = await homelab(
    "cutover",
    "start",
    "--file",
    file,
    "--name",
    "traefik-own-address",
  );
  expect(code).toBe(1);
  for (const reason of reasons) expect(stdout).toContain(reason);
  expect(stdout).toContain("refused: the stack file has errors, and a cutover needs one without");
  expect(
    readJournal(journalFile(file, "attempt", "traefik-own-address"), "traefik-own-address").phases,
  ).toEqual({});
});

test.each([
  [
    "no name where there are two",
    ["plan"],
    "choose with --name traefik-own-address or traefik-pair-dns",
  ],
  ["a misspelt name", ["plan", "--name", "traefik-pair-dn"], 'did you mean "traefik-pair-dns"?'],
  [
    "going on before the start",
    ["next", "--name", "traefik-pair-dns"],
    "was not started; begin with `npx homelab cutover start --file ",
  ],
  [
    "a wait that is no number",
    ["start", "--name", "traefik-pair-dns", "--max-wait", "soon"],
    "found --max-wait soon, expected seconds such as 300",
  ],
])("rejects %s", async (_what, args, message) => {
  const file = editedStack(home.dir, []);
  const { code, stdout, stderr } = await homelab("cutover", ...args, "--file", file);
  expect([code, stdout]).toEqual([args[0] === "next" ? 4 : 2, ""]);
  expect(stderr).toContain(message);
});

test("rejects to leave out a check that the move is about", async () => {
  const { code, stderr } = await homelab("cutover", "check", "--skip", "dns");
  expect(code).toBe(2);
  expect(stderr).toContain("Allowed choices are http3, clientAddress");
});

test("the plan prints every phase with its checks and its way back", async () => {
  const { code, stdout } = await homelab("cutover", "plan", "--name", "traefik-pair-dns");
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "traefik-pair-dns: 192.168.1.110 to 192.168.1.101 (Traefik pair "traefik"), additive, 3 consumers

    1. preflight
      192.168.1.110 serves, nothing that is needed lies behind it
        forward
          check   https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.110
          check   https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.110
          check   192.168.1.253 answers 192.168.1.110 or 192.168.1.101 for grafana.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.110 or 192.168.1.101 for grafana.internal.lakehouse.wtf
          check   192.168.1.253 answers 192.168.1.110 or 192.168.1.101 for adguard.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.110 or 192.168.1.101 for adguard.internal.lakehouse.wtf
          check   answers of 192.168.1.253 for grafana.internal.lakehouse.wtf may be kept at most 10 s
          check   answers of 192.168.1.224 for grafana.internal.lakehouse.wtf may be kept at most 10 s
          check   answers of 192.168.1.253 for adguard.internal.lakehouse.wtf may be kept at most 10 s
          check   answers of 192.168.1.224 for adguard.internal.lakehouse.wtf may be kept at most 10 s

    2. service
      Traefik pair "traefik" answers for every host; nothing is changed
        forward
          check   https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.101
          check   https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.101
        back
          wait    60 s since dns-1: clients may keep 192.168.1.101 that long
          wait    60 s since dns-2: clients may keep 192.168.1.101 that long
          before  192.168.1.253 answers 192.168.1.110 for grafana.internal.lakehouse.wtf
          before  192.168.1.224 answers 192.168.1.110 for grafana.internal.lakehouse.wtf
          before  192.168.1.253 answers 192.168.1.110 for adguard.internal.lakehouse.wtf
          before  192.168.1.224 answers 192.168.1.110 for adguard.internal.lakehouse.wtf

    3. dns-1
      grafana.internal.lakehouse.wtf leads to 192.168.1.101
        forward
          before  https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.101
          before  https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.101
          before  answers of 192.168.1.253 for grafana.internal.lakehouse.wtf may be kept at most 60 s
          before  answers of 192.168.1.224 for grafana.internal.lakehouse.wtf may be kept at most 60 s
          by hand in AdGuard, on both servers: rewrite grafana.internal.lakehouse.wtf to 192.168.1.101
          check   192.168.1.253 answers 192.168.1.101 for grafana.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.101 for grafana.internal.lakehouse.wtf
        back
          before  https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.110
          before  https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.110
          by hand in AdGuard, on both servers: remove the rewrite of grafana.internal.lakehouse.wtf
          check   192.168.1.253 answers 192.168.1.110 for grafana.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.110 for grafana.internal.lakehouse.wtf

    4. dns-2
      *.internal.lakehouse.wtf leads to 192.168.1.101
        forward
          before  https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.101
          before  https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.101
          before  answers of 192.168.1.253 for adguard.internal.lakehouse.wtf may be kept at most 60 s
          before  answers of 192.168.1.224 for adguard.internal.lakehouse.wtf may be kept at most 60 s
          by hand in AdGuard, on both servers: rewrite *.internal.lakehouse.wtf to 192.168.1.101
          check   192.168.1.253 answers 192.168.1.101 for adguard.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.101 for adguard.internal.lakehouse.wtf
        back
          before  https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.110
          before  https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.110
          by hand in AdGuard, on both servers: rewrite *.internal.lakehouse.wtf to 192.168.1.110
          check   192.168.1.253 answers 192.168.1.110 for adguard.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.110 for adguard.internal.lakehouse.wtf

    5. others
      uptime-kuma: Uptime Kuma, monitors of 192.168.1.110
        forward
          by hand watch 192.168.1.101 as well, and both containers by their own addresses
          check   "uptime-kuma" is changed
        back
          by hand remove the monitor of 192.168.1.101
          check   "uptime-kuma" is as it was

    6. verification
      everybody is served by 192.168.1.101, and the last answer with 192.168.1.110 has run out
        forward
          wait    60 s since dns-1: clients may keep 192.168.1.110 that long
          wait    60 s since dns-2: clients may keep 192.168.1.110 that long
          check   192.168.1.253 answers 192.168.1.101 for grafana.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.101 for grafana.internal.lakehouse.wtf
          check   192.168.1.253 answers 192.168.1.101 for adguard.internal.lakehouse.wtf
          check   192.168.1.224 answers 192.168.1.101 for adguard.internal.lakehouse.wtf
          check   https://grafana.internal.lakehouse.wtf/ is served at 192.168.1.101
          check   https://adguard.internal.lakehouse.wtf/ is served at 192.168.1.101

    7. cleanup
      what only the move needed goes
        forward
          by hand say in homelab:dns."*.internal.lakehouse.wtf".to of the stack file: Traefik pair "traefik"
          check   homelab:dns."grafana.internal.lakehouse.wtf" of the stack file leads to 192.168.1.101
          check   homelab:dns."*.internal.lakehouse.wtf" of the stack file leads to 192.168.1.101
        back
          by hand say in homelab:dns."grafana.internal.lakehouse.wtf".to of the stack file: 192.168.1.110
          check   homelab:dns."grafana.internal.lakehouse.wtf" of the stack file leads to 192.168.1.110
          check   homelab:dns."*.internal.lakehouse.wtf" of the stack file leads to 192.168.1.110
    "
  `);
});

test("rejects to go on when a phase that was begun is gone from the stack file", async () => {
  const file = editedStack(home.dir, []);
  const name = "traefik-pair-dns";
  const journal = entered(emptyJournal(name), "dns-7", "done", new Date());
  writeJournal(journalFile(file, "edited", name), journal);
  const { code, stderr } = await homelab("cutover", "status", "--name", name, "--file", file);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `dns-7 of cutover "${name}" was begun, but the stack file has nothing of it`,
  );
});

test("rejects a journal that is none", async () => {
  const file = editedStack(home.dir, []);
  const name = "traefik-pair-dns";
  writeJournal(
    journalFile(file, "edited", name),
    entered(emptyJournal(name), "dns-1", "done", new Date()),
  );
  writeFileSync(journalFile(file, "edited", name), "{");
  const { code, stderr } = await homelab("cutover", "status", "--name", name, "--file", file);
  expect(code).toBe(1);
  expect(stderr).toContain('is not a journal of cutover "traefik-pair-dns"');
});

test("two stacks of a folder have a journal each, and one without a stack is used where nobody else can mean it", async () => {
  const file = editedStack(home.dir, []);
  const name = "traefik-pair-dns";
  const other = join(home.dir, "Pulumi.other.yaml");
  const journal = entered(emptyJournal(name), "dns-1", "done", new Date());
  const status = () => homelab("cutover", "status", "--name", name, "--file", file);
  writeJournal(journalFile(file, "other", name), journal);
  expect((await status()).stdout).not.toMatch(/dns-1 .*done/);
  const earlier = join(journalDir(file), `cutover-${name}.json`);
  writeJournal(earlier, journal);
  expect((await status()).stdout).toMatch(/dns-1 .*done/);
  copyFileSync(file, other);
  const { code, stderr } = await status();
  expect(code).toBe(1);
  expect(stderr).toContain(
    `is a journal of Pulumi.edited.yaml or of the stack "other", which has a cutover of this name too; rename it to cutover-edited.${name}.json if it is of this one`,
  );
  for (const path of [other, earlier, journalFile(file, "other", name)]) rmSync(path);
});

test("a phase is written into the stack file, and nothing else is", () => {
  const file = editedStack(home.dir, []);
  const before = readFileSync(file, "utf8");
  const changed = () => {
    const lines = before.split("\n");
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !lines.includes(line));
  };
  setPhase(file, "traefik-own-address", "moved");
  expect(changed()).toEqual(["      phase: moved"]);
  setPhase(file, "traefik-own-address", "service");
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("a phase is written where there was none, also between braces", () => {
  const block = "config:\n  homelab:cutovers:\n    move:\n      # why\n      from: 10.0.0.1\n";
  expect(withPhase(block, "move", "service")).toBe(
    block.replace("      from:", "      phase: service\n      from:"),
  );
  const flow = "config:\n  homelab:cutovers: { move: { from: 10.0.0.1 } }\n";
  expect(withPhase(flow, "move", "before")).toBe(flow.replace("from", "phase: before, from"));
});

test("rejects to edit a cutover that is an alias", () => {
  const text = "config:\n  a: &a { from: 10.0.0.1 }\n  homelab:cutovers: { move: *a }\n";
  expect(() => withPhase(text, "move", "service")).toThrowErrorMatchingInlineSnapshot(
    `[Error: homelab:cutovers.move is not written out in the stack file; set its phase to service by hand]`,
  );
});

test("the page names every command and option of a cutover", () => {
  const page = readFileSync(join(root, "docs/cutover.md"), "utf8");
  for (const word of ["plan", "check", "start", "next", "back", "status"]) {
    expect(page).toContain(`homelab -- cutover ${word}`);
  }
  for (const flag of ["--yes", "--confirm", "--skip http3", "--curl", "--max-wait"]) {
    expect(page).toContain(flag);
  }
});
