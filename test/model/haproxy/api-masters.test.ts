import { expect, test } from "vitest";
import { judgeMasterPlacement } from "../../../model/haproxy/api-masters";

const on = (...nodes: string[]) =>
  judgeMasterPlacement(nodes.map((node, index) => ({ name: `m${index + 1}`, node })));

test("masters that outlive any one node are not mentioned, nor is one that cannot", () => {
  expect(on("a", "b", "c")).toEqual([]);
  expect(on("a", "a", "b", "b", "c")).toEqual([]);
  expect(on("a")).toEqual([]);
});

test("a node with too many masters takes the API down", () => {
  expect(on("a", "b", "b").map(({ message, fix }) => `${message}; ${fix}`)).toMatchInlineSnapshot(`
    [
      ""m2" and "m3" are on the node "b", so its death leaves 1 of 3 masters, fewer than the majority that etcd needs, and takes the whole API down; spread the masters so that no node carries more than 1",
    ]
  `);
  expect(on("a", "a", "a", "b", "c")).toHaveLength(1);
  expect(on("a", "b", "b", "a", "a")).toHaveLength(1);
});

test("every split of up to 7 masters agrees with a count of the majority", () => {
  for (const count of [3, 5, 7]) {
    for (let split = 0; split < 3 ** count; split++) {
      const nodes = Array.from(
        { length: count },
        (_, at) => "abc"[Math.floor(split / 3 ** at) % 3] ?? "",
      );
      const deadly = ["a", "b", "c"].filter((node) => {
        const left = nodes.filter((one) => one !== node).length;
        return left <= count / 2;
      });
      expect(on(...nodes)).toHaveLength(deadly.length);
    }
  }
});
