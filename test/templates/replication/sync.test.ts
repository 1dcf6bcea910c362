import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { soon, startSource } from "../../support/replication/source";
import { listing, rootTest, startTarget } from "../../support/replication/target";

rootTest(
  "the real lsyncd copies all that it should through the forced command, and repairs what drifted",
  async () => {
    const target = await startTarget({ rsync: process.env.ATTACKED_RSYNC });
    const { at, start, stop, log } = startSource(target);
    const there = (name: string) => join(target.dynamic, name);
    const text = (name: string) =>
      existsSync(there(name)) ? readFileSync(there(name), "utf8") : "";
    rmSync(there("linked.yml"));
    start();
    await soon(() =>
      expect([text("a.yml"), text("sub/b.yml"), text("../certificates/x.key")]).toEqual([
        "a",
        "b",
        "key",
      ]),
    );
    expect(listing(target.dynamic).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "a.yml 640",
      "out ->",
      "sub directory",
      "sub/b.yml 644",
      "up ->",
    ]);
    expect(listing(join(target.dynamic, "../certificates"))).toEqual([
      expect.stringMatching(/^x\.key 600 /),
    ]);

    // lsyncd watches only once both first copies are done.
    await soon(() => expect(log().match(/Startup of .* finished/g)).toHaveLength(2));
    writeFileSync(at("new.yml"), "new");
    writeFileSync(at("a.yml"), "changed");
    mkdirSync(at("deep/er"), { recursive: true });
    writeFileSync(at("deep/er/c.yml"), "c");
    await soon(() =>
      expect([text("new.yml"), text("a.yml"), text("deep/er/c.yml")]).toEqual([
        "new",
        "changed",
        "c",
      ]),
    );
    renameSync(at("new.yml"), at("renamed.yml"));
    renameSync(at("deep"), at("moved"));
    await soon(() => expect([text("renamed.yml"), text("moved/er/c.yml")]).toEqual(["new", "c"]));
    rmSync(at("a.yml"));
    writeFileSync(at("last.yml"), "last");
    await soon(() => expect(text("last.yml")).toBe("last"));
    expect(text("a.yml")).toBe("changed");

    await stop();
    rmSync(there("renamed.yml"));
    writeFileSync(there("last.yml"), "drifted");
    start();
    await soon(() => expect([text("renamed.yml"), text("last.yml")]).toEqual(["new", "last"]));
    expect(log()).not.toMatch(/refuse|exitcode: [1-9]|[Ee]rror/);
  },
  180_000,
);
