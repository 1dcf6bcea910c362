import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(__dirname, "../..");

/** What a fresh process prints. */
function printed(script: string, env: Record<string, string> = {}): unknown {
  const args = [
    "--require",
    "tsx/cjs",
    "--eval",
    `const found = () => Object.keys(require.cache);${script}`,
  ];
  return JSON.parse(
    execFileSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, ...env },
    }),
  );
}

const light = 'require("./start/light-sdk.ts"); const sdk = require("@pulumi/pulumi");';
const heavy =
  "[/typescript[^/]*.lib.typescript.js$/, /@npmcli.arborist.lib.index.js$/].map((one) => found().some((file) => one.test(file)))";

test.each([
  {
    what: "the SDK alone brings the compiler and npm's trees with it",
    start: 'require("@pulumi/pulumi");',
    loaded: [true, true],
  },
  { what: "after light-sdk it brings neither", start: light, loaded: [false, false] },
])("$what", ({ start, loaded }) => {
  expect(printed(`${start} console.log(JSON.stringify(${heavy}))`)).toEqual(loaded);
});

test("a function is still turned into text, by the real compiler", () => {
  const script = `${light} const factor = 3;
    sdk.runtime.serializeFunction((value) => value * factor).then(({ text }) => {
      console.log(JSON.stringify([text.includes("value * factor"), text.includes("factor: 3"), ...${heavy}]));
    });`;
  expect(printed(script)).toEqual([true, true, true, false]);
});

test("the packages that a function needs are still found, by npm's own reader", () => {
  const script = `${light}
    require("@pulumi/pulumi/runtime/closure/codePaths").computeCodePaths().then((paths) => {
      console.log(JSON.stringify([paths.size > 0, ...${heavy}]));
    });`;
  expect(printed(script)).toEqual([true, false, true]);
});

test.each([
  { what: "no trace is taken of a promise", env: {} as Record<string, string>, traced: false },
  {
    what: "whoever looks for leaks gets every trace",
    env: { PULUMI_DEBUG_PROMISE_LEAKS: "1" },
    traced: true,
  },
])("$what", ({ env, traced }) => {
  const script = `${light}
    const promise = Promise.resolve(1);
    require("@pulumi/pulumi/runtime/resource");
    const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
    debuggablePromise(promise, "here").then((value) => {
      console.log(JSON.stringify([value, /\\n +at /.test(promise._debugStackTrace), Error.stackTraceLimit]));
    });`;
  expect(printed(script, env)).toEqual([1, traced, 10]);
});
