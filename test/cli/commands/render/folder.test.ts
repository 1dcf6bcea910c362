import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFolder } from "../../../../cli/commands/render/folder";
import { scratch } from "../../../support/clusters/homelab";

let home: ReturnType<typeof scratch>;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

function folder(name: string): string {
  const path = join(home.dir, name);
  mkdirSync(path);
  return path;
}

const only = [{ name: "a/etc/b", text: "new", line: "a/etc/b 0644 root:root" }];

test.each([
  [
    "a link in the place of a folder",
    "is no folder of its own",
    (out: string, victim: string) => {
      symlinkSync(victim, join(out, "a"));
    },
  ],
  [
    "a link in the place of a file",
    "is there and not of an earlier render",
    (out: string, victim: string) => {
      mkdirSync(join(out, "a/etc"), { recursive: true });
      symlinkSync(join(victim, "kept"), join(out, "a/etc/b"));
    },
  ],
  [
    "a file that somebody wrote",
    "is there and not of an earlier render",
    (out: string) => {
      mkdirSync(join(out, "a/etc"), { recursive: true });
      writeFileSync(join(out, "a/etc/b"), "mine");
    },
  ],
  [
    "a list that is a link",
    "is no regular file",
    (out: string, victim: string) => {
      rmSync(join(out, "FILES.txt"));
      symlinkSync(join(victim, "kept"), join(out, "FILES.txt"));
    },
  ],
])("writes nothing through %s", (_, message, place) => {
  const out = folder("out");
  const victim = folder("victim");
  writeFileSync(join(victim, "kept"), "old");
  mkdirSync(join(victim, "etc"));
  writeFileSync(join(out, "FILES.txt"), "x/y 0644 root:root\n");
  place(out, victim);

  expect(() => replaceFolder(out, only)).toThrow(message);
  expect(readFileSync(join(victim, "kept"), "utf8")).toBe("old");
  expect(readdirSync(join(victim, "etc"))).toEqual([]);
  expect(existsSync(join(out, "FILES.txt"))).toBe(true);
});

test("a list that names what a link leads to removes nothing there", () => {
  const out = folder("out");
  const victim = folder("victim");
  writeFileSync(join(victim, "kept"), "old");
  symlinkSync(victim, join(out, "a"));
  writeFileSync(join(out, "FILES.txt"), "a/kept 0644 root:root\n");
  expect(() => replaceFolder(out, [])).toThrow("is no folder of its own");
  expect(existsSync(join(victim, "kept"))).toBe(true);
  const file = join(victim, "kept");
  expect(() => replaceFolder(file, only)).toThrow("is a file, expected a folder");
});

test("rejects a folder that cannot be made, in one line", () => {
  // As root every folder can be written; below /sys none can be made. (Below /proc Node would try for ever.)
  expect(() => replaceFolder("/sys/nowhere", only)).toThrow(
    /^\/sys\/nowhere cannot be written \(E[A-Z]+\); name another folder$/,
  );
});
