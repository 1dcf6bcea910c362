import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProgram } from "../../../../bench/mock-run";
import { replaceFolder } from "../../../../cli/commands/render/folder";
import { render, renderedFiles } from "../../../../cli/commands/render/run";
import { placeOfScript } from "../../../../templates/host/host-file";
import { editedStack, homelab, scratch } from "../../../support/clusters/homelab";
import { stackData } from "../../../support/clusters/stacks";

let home: ReturnType<typeof scratch>;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("every file that the program puts on a host is there, with the text that the host checks", async () => {
  const { all } = await renderedFiles({ stack: "homelab" });
  const registered = await runProgram(stackData("homelab"));
  const scripts = registered.flatMap(({ inputs: { create } }) =>
    typeof create === "string" && create.startsWith("# file ") ? [create] : [],
  );
  expect(scripts.length).toBeGreaterThan(40);
  const checksums = new Map(
    scripts.map((script) => {
      const { host, path } = placeOfScript(script) ?? {};
      return [`${host} ${path}`, /sha256 ([0-9a-f]{64})/.exec(script)?.[1]];
    }),
  );
  expect(all.map(({ host, path }) => `${host} ${path}`)).toEqual([...checksums.keys()].sort());
  const masked = all.filter(({ text }) => text.includes("<homelab:secrets."));
  expect(masked.map(({ host, path, mode }) => [host, path, mode])).toEqual([
    ["lb1", "/etc/haproxy/haproxy.cfg", "0600"],
    ["lb2", "/etc/haproxy/haproxy.cfg", "0600"],
  ]);
  for (const file of all.filter((one) => !masked.includes(one))) {
    expect(sha256(file.text), file.path).toBe(checksums.get(`${file.host} ${file.path}`));
  }
  expect(masked[0]?.text).toMatch(/insecure-password '<homelab:secrets\.statsPasswords\.k8s-api>'/);
});

test("one host's files go into a folder, the same every time, in place of earlier ones", async () => {
  const out = join(home.dir, "out");
  const texts = () =>
    Object.fromEntries(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [
          join(entry.parentPath, entry.name),
          readFileSync(join(entry.parentPath, entry.name), "utf8"),
        ]),
    );
  const { files } = await render({ stack: "homelab", out, member: "lb1" });
  expect(files.map(({ host }) => host)).toEqual(files.map(() => "lb1"));
  const first = texts();
  expect(Object.keys(first)).toHaveLength(files.length + 1);
  expect(readFileSync(join(out, "FILES.txt"), "utf8").split("\n")[0]).toBe(
    "lb1/etc/haproxy/haproxy.cfg 0600 root:root",
  );
  await render({ stack: "homelab", out, member: "lb1" });
  expect(texts()).toEqual(first);
  await render({ stack: "homelab", out, member: "lb2" });
  expect(readdirSync(out).sort()).toEqual(["FILES.txt", "lb2"]);
  await expect(render({ stack: "homelab", out, member: "lb9" })).rejects.toThrow(
    '`up` brings no file to "lb9"; known are lb1, lb2, traefik, traefik-2; write one of them',
  );
});

test("a folder that holds anything else is left alone, and a list leads nowhere else", () => {
  const out = join(home.dir, "mine");
  mkdirSync(out);
  writeFileSync(join(out, "letter"), "x");
  expect(() => replaceFolder(out, [])).toThrow("is not empty and not of an earlier render");
  const victim = join(home.dir, "victim");
  writeFileSync(victim, "x");
  const other = join(home.dir, "other");
  replaceFolder(other, [{ name: "a/b", text: "1", line: "a/b 0644 root:root" }]);
  writeFileSync(join(other, "a", "own"), "x");
  writeFileSync(join(other, "FILES.txt"), "a/b 0644 root:root\n../victim 0644 root:root\n");
  expect(() => replaceFolder(other, [])).toThrow("names ../victim, which is outside");
  expect(existsSync(victim)).toBe(true);
  writeFileSync(join(other, "FILES.txt"), "a/b 0644 root:root\n");
  replaceFolder(other, []);
  expect(readdirSync(join(other, "a"))).toEqual(["own"]);
});

test("the command refuses a file with mistakes and names the command that lists them", async () => {
  const file = editedStack(home.dir, [["vmid: 100", "vmid: 9"]]);
  const out = join(home.dir, "out");
  const { code, stdout, stderr } = await homelab("render", "--file", file, "--out", out);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toBe(`${file} has mistakes; \`npx homelab validate --file ${file}\` lists them\n`);
  expect(existsSync(out)).toBe(false);
});
