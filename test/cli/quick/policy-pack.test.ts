import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Client, credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, scratch } from "../../support/clusters/homelab";

const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb") as {
  AnalyzerClient: new (...args: ConstructorParameters<typeof Client>) => Analyzer;
};
const { Empty } = require("google-protobuf/google/protobuf/empty_pb") as {
  Empty: new () => object;
};

interface Analyzer extends Client {
  getAnalyzerInfo(empty: object, answer: (error: Error | null, info: Info) => void): void;
}

interface Info {
  toObject(): { policiesList: { name: string; description: string }[] };
}

const { dir, remove } = scratch();
afterAll(remove);

/** A clone of its own, so that its sources can be changed. */
const clone = join(dir, "clone");
const kept = join(clone, ".cache/quick");
const file = join(kept, `${process.version}-${process.arch}-policy-pack.bin`);
const rule = join(clone, "policy/rules/addresses.ts");
const own = readFileSync(join(root, "policy/rules/addresses.ts"), "utf8");
const described = /description: "([^"]+)"/.exec(own)?.[1] ?? "";

beforeAll(() => {
  const parts = ["bin", "model", "config", "policy", "start", "packaging"];
  for (const part of [...parts, "package.json", "tsconfig.json"]) {
    cpSync(join(root, part), join(clone, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
});

/** Starts the pack as the engine does, asks what its rules are, and ends it as the engine does. */
async function descriptions(): Promise<string[]> {
  const pack = join(clone, "policy");
  const starter = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const child = spawn(process.execPath, [starter, "127.0.0.1:1", pack], {
    cwd: pack,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = once(child, "close");
  const port = await Promise.race([
    once(child.stdout, "data").then(([chunk]) => String(chunk).trim()),
    ended.then(() => Promise.reject(new Error(errors))),
  ]);
  const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    const info = await new Promise<Info>((resolve, reject) => {
      client.getAnalyzerInfo(new Empty(), (error, got) => (error ? reject(error) : resolve(got)));
    });
    return info.toObject().policiesList.map(({ description }) => description);
  } finally {
    client.close();
    child.kill("SIGINT");
    await ended;
  }
}

test("the pack is kept at its first start, and runs from there", async () => {
  const first = await descriptions();
  expect(first).toContain(described);
  expect(readdirSync(kept)).toEqual([file.slice(kept.length + 1)]);
  const before = readFileSync(file);
  expect(await descriptions()).toEqual(first);
  expect(readFileSync(file).equals(before)).toBe(true);
  // Shown to be what runs: a text that only the kept file has.
  const said = before.toString("latin1").replaceAll(described, described.toUpperCase());
  writeFileSync(file, said, "latin1");
  expect(await descriptions()).toContain(described.toUpperCase());
  rmSync(file);
});

test("a rule that changes counts at once, and one that cannot be read is named", async () => {
  expect(await descriptions()).toContain(described);
  const changed = described.toUpperCase();
  writeFileSync(rule, own.replace(described, changed));
  expect(await descriptions()).toContain(changed);
  writeFileSync(rule, `${own}\nconst = 1;\n`);
  await expect(descriptions()).rejects.toThrow(/addresses\.ts/);
  writeFileSync(rule, own);
  expect(await descriptions()).toContain(described);
});

test("a file that an import means from now on counts at once", async () => {
  const names = await descriptions();
  const all = join(clone, "policy/rules/all");
  renameSync(`${all}.ts`, `${all}-rules.ts`);
  writeFileSync(`${all}.ts`, 'import { rules as all } from "./all-rules";\n');
  appendFileSync(`${all}.ts`, "export const rules = all.slice(1);\n");
  expect(names).toEqual(expect.arrayContaining(await descriptions()));
  expect((await descriptions()).length).toBeLessThan(names.length);
  renameSync(`${all}-rules.ts`, `${all}.ts`);
  expect(await descriptions()).toEqual(names);
});

test("a kept pack that is cut off does no harm", async () => {
  const names = await descriptions();
  truncateSync(file, 100_000);
  expect(await descriptions()).toEqual(names);
});
