import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostFileScript } from "../../templates/host/host-file";
import { historyScript, rollbackScript } from "../../templates/host/rollback";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rollback-"));
  mkdirSync(join(root, "etc"));
});
afterEach(() => rmSync(root, { recursive: true }));

const output = (program: string, ...args: string[]) =>
  spawnSync(program, args).stdout.toString().trim();
const owner = `${output("id", "-un")}:${output("id", "-gn")}`;
const etc = (name: string) => join(root, "etc", name);
const live = (name: string) => readFileSync(etc(name), "utf8");
const reloads = () =>
  existsSync(join(root, "reloads")) ? readFileSync(join(root, "reloads"), "utf8") : "";
const versions = (name: string) =>
  readdirSync(join(root, "history", etc(name))).filter((version) => /^\d/.test(version));

function run(script: string, input = "") {
  const env = { ...process.env, HOMELAB_HA_HISTORY: join(root, "history") };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { input, env });
  const said = `${stdout}${stderr}`.replaceAll(root, "");
  return { status, said };
}

/** Puts a file in place whose daemon refuses the word "bad". */
function put(name: string, content: string, mode = "0644") {
  const script = hostFileScript({
    host: "traefik",
    path: etc(name),
    sha256: createHash("sha256").update(content).digest("hex"),
    mode,
    owner,
    test: `if grep -q bad "$NEW"; then echo "line 1: bad is not a word"; exit 5; fi`,
    reload: `echo ${name} >>${join(root, "reloads")}`,
  });
  expect(run(script, content)).toEqual({ status: 0, said: "" });
}

const now = () => output("date", "+%s%N");
const back = (to: string) => run(rollbackScript({ host: "traefik", to }));

test("the first text replaces nothing, the same text again adds nothing", () => {
  put("a.conf", "one\n");
  put("a.conf", "one\n");
  expect(versions("a.conf")).toEqual([expect.stringMatching(/^\d{19}\.none$/)]);
});

test("a replaced text is kept with its mode, and only for its owner to find", () => {
  put("a.conf", "one\n", "0640");
  put("a.conf", "two\n", "0644");
  const kept = join(root, "history", etc("a.conf"), versions("a.conf")[1] ?? "");
  expect(readFileSync(kept, "utf8")).toBe("one\n");
  expect(statSync(kept).mode & 0o777).toBe(0o640);
  expect(statSync(join(root, "history")).mode & 0o777).toBe(0o700);
});

test("the ten newest texts are kept", () => {
  for (let number = 0; number < 13; number++) put("a.conf", `${number}\n`);
  const kept = versions("a.conf").sort();
  const texts = kept.map((version) =>
    readFileSync(join(root, "history", etc("a.conf"), version), "utf8").trim(),
  );
  expect(texts).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 2)));
});

test("files go back to one moment, are reloaded, and everything else stays", () => {
  put("a.conf", "a1\n");
  put("b.conf", "b1\n", "0600");
  const moment = now();
  put("b.conf", "b2\n");
  put("b.conf", "b3\n");
  put("c.conf", "c1\n");
  writeFileSync(join(root, "reloads"), "");
  expect(back(moment)).toEqual({
    status: 0,
    said: [
      "traefik: /etc/a.conf: has not changed since then",
      "traefik: /etc/c.conf: did not exist then; it stays",
      "traefik: /etc/b.conf: went back",
      "",
    ].join("\n"),
  });
  expect([live("a.conf"), live("b.conf"), live("c.conf")]).toEqual(["a1\n", "b1\n", "c1\n"]);
  expect(statSync(etc("b.conf")).mode & 0o777).toBe(0o600);
  expect(reloads()).toBe("b.conf\n");
  expect(readdirSync(join(root, "etc")).sort()).toEqual(["a.conf", "b.conf", "c.conf"]);
});

test("a second time nothing is left to do, and the way forward is open", () => {
  put("a.conf", "a1\n");
  const moment = now();
  put("a.conf", "a2\n");
  const forward = now();
  back(moment);
  expect(back(moment).said).toBe("traefik: /etc/a.conf: has the text of that time already\n");
  expect(back(forward).said).toBe("traefik: /etc/a.conf: went back\n");
  expect(live("a.conf")).toBe("a2\n");
});

test("after a roll-back the same text is put in place again by the next run", () => {
  put("a.conf", "a1\n");
  const moment = now();
  put("a.conf", "a2\n");
  back(moment);
  put("a.conf", "a2\n");
  expect(live("a.conf")).toBe("a2\n");
});

test("rejects an older text that its daemon refuses today: every file stays", () => {
  put("a.conf", "a1\n");
  put("b.conf", "b1\n");
  const moment = now();
  put("a.conf", "a2\n");
  put("b.conf", "b2\n");
  const test = join(root, "history", etc("b.conf"), ".test");
  writeFileSync(test, 'grep -q b2 "$NEW" || { echo "line 1: b1 is too old"; exit 1; }');
  writeFileSync(join(root, "reloads"), "");
  expect(back(moment)).toEqual({
    status: 1,
    said: [
      "traefik: /etc/b.conf: its daemon refuses the older text: line 1: b1 is too old",
      "traefik: every file: stays as it is",
      "",
    ].join("\n"),
  });
  expect([live("a.conf"), live("b.conf"), reloads()]).toEqual(["a2\n", "b2\n", ""]);
  expect(readdirSync(join(root, "etc")).sort()).toEqual(["a.conf", "b.conf"]);
});

test("a reload that fails is told, and the other files are reloaded", () => {
  put("a.conf", "a1\n");
  put("b.conf", "b1\n");
  const moment = now();
  put("a.conf", "a2\n");
  put("b.conf", "b2\n");
  writeFileSync(join(root, "history", etc("a.conf"), ".reload"), "echo no such unit; exit 1");
  writeFileSync(join(root, "reloads"), "");
  const { status, said } = back(moment);
  expect(status).toBe(1);
  expect(said).toContain(
    "traefik: /etc/a.conf: the older text is in place, but the reload failed: no such unit\n",
  );
  expect([live("a.conf"), live("b.conf"), reloads()]).toEqual(["a1\n", "b1\n", "b.conf\n"]);
});

test("a host without a history has nothing to tell and nothing to do", () => {
  expect(run(historyScript("192.0.2.1"))).toEqual({ status: 0, said: "" });
  expect(back(now())).toEqual({ status: 0, said: "" });
});

test("a host tells when it was healthy, what was replaced, and whether it has the address", () => {
  put("a.conf", "a1\n");
  put("a.conf", "a2\n");
  writeFileSync(join(root, "history", ".healthy"), "1760000000000000000\n");
  const lines = run(historyScript("127.0.0.1")).said.replaceAll(/\b\d{19}\b/g, "TIME");
  expect(lines).toBe("owner\nhealthy TIME\nchange TIME /etc/a.conf\nchange TIME /etc/a.conf\n");
});

test("rejects a time that is none", () => {
  expect(() =>
    rollbackScript({ host: "traefik", to: "yesterday" }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: to: found "yesterday", expected nanoseconds since 1970]`,
  );
});
