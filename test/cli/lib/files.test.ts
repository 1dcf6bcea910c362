import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkOutput, readNamed, writeNamed } from "../../../cli/lib/files";
import { scratch } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

const within = (name: string) => join(dir, name);
writeFileSync(within("there.md"), "text");
mkdirSync(within("folder"));

const reported = (run: () => unknown) => {
  try {
    run();
    return "accepted";
  } catch (error) {
    return (error as Error).message.replaceAll(dir, "DIR");
  }
};

test("a file that is there is read, and an output that can be written is written", () => {
  expect(readNamed(within("there.md"))).toBe("text");
  expect(reported(() => checkOutput(within("there.md")))).toBe("accepted");
  expect(reported(() => checkOutput(within("new.md")))).toBe("accepted");
  expect(existsSync(within("new.md"))).toBe(false);
  writeNamed(within("new.md"), "report");
  expect(readFileSync(within("new.md"), "utf8")).toBe("report");
});

test("rejects what cannot be read", () => {
  const names = ["nowhere.md", "there.md/below", "folder"];
  expect(names.map((name) => reported(() => readNamed(within(name))))).toMatchInlineSnapshot(`
    [
      "there is no file DIR/nowhere.md",
      "there is no file DIR/there.md/below",
      "DIR/folder is a folder, expected a file",
    ]
  `);
});

test("rejects an output that cannot be written, before and after the run", () => {
  const names = ["nowhere/x.md", "there.md/x.md", "folder"];
  expect(names.map((name) => reported(() => checkOutput(within(name))))).toMatchInlineSnapshot(`
    [
      "there is no folder DIR/nowhere for DIR/nowhere/x.md; make it first",
      "there is no folder DIR/there.md for DIR/there.md/x.md; make it first",
      "DIR/folder is a folder, expected a file",
    ]
  `);
  expect(names.map((name) => reported(() => writeNamed(within(name), "")))).toMatchInlineSnapshot(`
    [
      "there is no folder DIR/nowhere for DIR/nowhere/x.md; make it first",
      "there is no folder DIR/there.md for DIR/there.md/x.md; make it first",
      "DIR/folder cannot be written (EISDIR); name another file",
    ]
  `);
});
