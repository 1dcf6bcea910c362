import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { lockName, lockWorkplace } from "../../../cli/run/workplace-lock";
import { root, scratch } from "../../support/clusters/homelab";

const folders: { remove(): void }[] = [];
afterEach(() => {
  for (const { remove } of folders.splice(0)) remove();
});

function folder(holder?: object): string {
  const { dir, remove } = scratch();
  folders.push({ remove });
  if (holder) writeFileSync(join(dir, lockName), JSON.stringify(holder));
  return dir;
}

const someone = {
  pid: process.ppid,
  hostname: hostname(),
  began: null as string | null,
  since: "2026-01-01T00:00:00Z",
};

const reported = (dir: string) => {
  try {
    lockWorkplace(dir, "FOLDER");
    return "taken";
  } catch (error) {
    return (error as Error).message.replace(/process \d+/, "process N");
  }
};

/** A process id that nobody has any more. */
const deadPid = () => spawnSync("true").pid;

test("a folder that was given back can be taken again, and nothing is left in it", () => {
  const dir = folder();
  for (const _ of [1, 2]) {
    const leave = lockWorkplace(dir, "FOLDER");
    expect(readdirSync(dir)).toEqual([lockName]);
    leave();
    expect(readdirSync(dir)).toEqual([]);
  }
});

test("rejects a folder in which another process works", () => {
  const dir = folder(someone);
  expect(reported(dir)).toMatchInlineSnapshot(
    `"FOLDER is in use by process N since 2026-01-01T00:00:00Z; wait until it ends, or name another folder with --state-dir"`,
  );
  expect(JSON.parse(readFileSync(join(dir, lockName), "utf8"))).toEqual(someone);
  expect(readdirSync(dir)).toEqual([lockName]);
});

test("rejects a folder that is taken already by this process", () => {
  const dir = folder();
  lockWorkplace(dir, "FOLDER");
  expect(reported(dir)).toMatch(/^FOLDER is in use by process N since /);
});

test("rejects a folder that a process of another host has, for nobody can say whether it lives", () => {
  expect(reported(folder({ ...someone, hostname: "desk" }))).toMatchInlineSnapshot(
    `"FOLDER is in use by process N on desk since 2026-01-01T00:00:00Z; wait until it ends, remove FOLDER/lock.json if it is gone, or name another folder with --state-dir"`,
  );
});

test("what a process left that is gone is taken over", () => {
  expect(reported(folder({ ...someone, pid: deadPid() }))).toBe("taken");
});

test.runIf(existsSync("/proc/self/stat"))(
  "a number that was given to another process does not hold the folder",
  () => {
    expect(reported(folder({ ...someone, began: "1" }))).toBe("taken");
  },
);

test("a process that gives back what another has taken over leaves it alone", () => {
  const dir = folder();
  const leave = lockWorkplace(dir, "FOLDER");
  writeFileSync(join(dir, lockName), JSON.stringify(someone));
  leave();
  expect(existsSync(join(dir, lockName))).toBe(true);
});

test("of many that take over at once exactly one gets the folder", async () => {
  const dir = folder({ ...someone, pid: deadPid() });
  const script = `
    const { lockWorkplace } = require(${JSON.stringify(join(root, "cli/run/workplace-lock.ts"))});
    while (Date.now() < Number(process.argv[1])) {}
    try { lockWorkplace(${JSON.stringify(dir)}, "x"); console.log("taken"); } catch { console.log("held"); }
    setTimeout(() => {}, 3000);
  `;
  const start = String(Date.now() + 2500);
  const runs = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ["--import", "tsx", "-e", script, start], { cwd: root });
    return new Promise<string>((resolve) => {
      let out = "";
      child.stdout.on("data", (chunk) => {
        out += chunk;
      });
      child.once("close", () => resolve(out.trim()));
    });
  });
  expect((await Promise.all(runs)).sort()).toEqual([...Array(5).fill("held"), "taken"]);
});
