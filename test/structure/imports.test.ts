import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import {
  allImports,
  groupedBy,
  importsOf,
  packagesOf,
  roomOf,
  root,
  sources,
  sourcesIn,
} from "./sources";

/** Circles: each set of files that reach each other. */
function circles(edges: readonly { from: string; to: string }[]): string[][] {
  const next = groupedBy(edges, ({ from }) => from);
  const [order, low] = [new Map<string, number>(), new Map<string, number>()];
  const [stack, open, found] = [[] as string[], new Set<string>(), [] as string[][]];
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    low.set(file, own);
    stack.push(file);
    open.add(file);
    for (const { to } of next.get(file) ?? []) {
      const reached = order.has(to) ? (open.has(to) ? (order.get(to) ?? own) : own) : visit(to);
      low.set(file, Math.min(low.get(file) ?? own, reached));
    }
    if (low.get(file) === own) {
      const members = stack.splice(stack.indexOf(file));
      for (const member of members) open.delete(member);
      if (members.length > 1) found.push(members.sort());
    }
    return low.get(file) ?? own;
  };
  for (const { from } of edges) if (!order.has(from)) visit(from);
  return found;
}

test("a circle of three files is found", () => {
  const edges = ["ab", "bc", "ca", "cd"].map(([from = "", to = ""]) => ({ from, to }));
  expect(circles(edges)).toEqual([["a", "b", "c"]]);
});

test("no source files import each other in a circle, not even for their types", () => {
  expect(circles(allImports)).toEqual([]);
  expect(allImports.length).toBeGreaterThan(500);
});

const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** The table of docs/architecture.md: who may import whom. */
const allowed = new Map(
  [
    ...page.slice(0, page.indexOf("\n## ")).matchAll(/^\| (`[^|]*`) \| [^|]* \| ([^|]*) \|$/gm),
  ].flatMap(([, rooms = "", others = ""]) =>
    [...rooms.matchAll(/`([^`]+?)\/?`/g)].map(([, room = ""]): [string, Set<string> | "all"] => [
      room,
      others.trim() === "everything"
        ? "all"
        : new Set([...others.matchAll(/`([^`]+?)\/?`/g)].map(([, other = ""]) => other)),
    ]),
  ),
);

test("the table of docs/architecture.md has every room", () => {
  expect([...allowed.keys()].sort()).toEqual([...new Set(sources.map(roomOf))].sort());
});

test("every import is one that docs/architecture.md allows", () => {
  const wrong = allImports.filter(({ from, to }) => {
    const rooms = allowed.get(roomOf(from));
    return roomOf(from) !== roomOf(to) && rooms !== "all" && !rooms?.has(roomOf(to));
  });
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test("no room may import what nothing of it imports", () => {
  const used = new Set(allImports.map(({ from, to }) => `${roomOf(from)} ${roomOf(to)}`));
  const unused = [...allowed].flatMap(([room, others]) =>
    others === "all" ? [] : [...others].map((other) => `${room} ${other}`),
  );
  expect(unused.filter((pair) => !used.has(pair))).toEqual([]);
});

test("no folder has more than twenty source files directly in it", () => {
  const folders = groupedBy([...sources, ...sourcesIn("test")], dirname);
  const full = [...folders].filter(([, files]) => files.length > 20);
  expect(full.map(([folder, files]) => `${folder}: ${files.length}`)).toEqual([]);
});

test("the command line loads no SDK, no schema and no judgement before a command is run", () => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const one of importsOf(file)) if (!one.typeOnly && !one.late) load(one.to);
  };
  load("cli/homelab.ts");
  const packages = new Set([...loaded].flatMap(packagesOf).filter((name) => !/^node:/.test(name)));
  expect([...packages]).toEqual(["commander"]);
  expect(
    [...loaded].filter((file) => /^(config|policy|sim|templates|components)\//.test(file)),
  ).toEqual([]);
});
