import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { TRIED_SDK } from "../../start/sdk-changes";

const root = join(__dirname, "../..");

/** What a program may see of its resources. Each gets a new stack; the last one breaks the process's own. */
const scripts: Record<string, string> = {
  "an Output that is read before the answer, one after it, a secret, one that nobody set": `
    await mocks(false, ({ inputs }) => ({ id: "7", state: { ...inputs, worked: "out" } }));
    const one = new Made("one", { given: 1, secret: pulumi.secret("s") });
    const early = one.given;
    await one.urn.promise();
    const given = one.worked.apply((text) => text + "!");
    const two = new Made("two", { given }, { dependsOn: one });
    return {
      names: Object.keys(one).filter((key) => !key.startsWith("__")),
      same: one.given === early && one.worked === one.worked,
      seen: await all([early, one.secret, one.worked, one.id, two.given, two.secret]),
      lifted: await pulumi.all([one.worked, two.given]).apply((texts) => texts.join()).promise(),
    };`,
  "a preview, in which nobody knows what the provider works out": `
    await mocks(true, ({ inputs }) => ({ id: undefined, state: inputs }));
    const one = new Made("one", { given: { deep: [1] } });
    const two = new Made("two", { given: one.worked });
    return all([one.given, one.given.deep, one.worked, two.given, two.secret]);`,
  "a property that a subclass sets itself": `
    await mocks(false, ({ inputs }) => ({ id: "7", state: inputs }));
    class Own extends Made {
      constructor(name) { super(name, { given: 1 }); this.worked = "mine"; }
    }
    const own = new Own("own");
    await own.urn.promise();
    return [own.worked, Object.keys(own).includes("worked"), await own.given.promise()];`,
  "a property that the resource has already": `
    try {
      require("@pulumi/pulumi/runtime/rpc").transferProperties({ given: 1 }, "label", { given: 2 });
      return "taken";
    } catch (error) { return error.message; }`,
  "a registration that fails": `
    await mocks(false, () => { throw new Error("refused"); });
    const errors = new Set();
    process.on("unhandledRejection", (error) => errors.add(error.message));
    const one = new Made("one", { given: 1 });
    await one.urn.promise().catch((error) => errors.add("urn: " + error.message));
    await one.given.promise().catch((error) => errors.add("given: " + error.message));
    await new Promise((resolve) => setTimeout(resolve, 50));
    return [...errors].sort();`,
};

/** Which Outputs are not made, before and after one of them is read; whether lines are listed. */
const made = `
  await mocks(false, ({ inputs }) => ({ id: "7", state: inputs }));
  const one = new Made("one", { given: 1 });
  const late = () =>
    ["given", "worked"].filter((key) => "get" in Object.getOwnPropertyDescriptor(one, key));
  const before = late();
  one.given;
  return { before, after: late(), lines: pulumi.Resource.stackTrace(0).length > 0 };`;

/** What each script says in one fresh process. */
function saidBy(start: string, env: Record<string, string> = {}): Record<string, unknown> {
  const bodies = Object.entries({ made, ...scripts }).map(
    ([name, body]) => `${JSON.stringify(name)}: async () => {${body}}`,
  );
  const code = `${start} const pulumi = require("@pulumi/pulumi");
    class Made extends pulumi.CustomResource {
      constructor(name, args, opts) {
        const props = { given: undefined, secret: undefined, worked: undefined, ...args };
        super("test:index:Made", name, props, opts);
      }
    }
    const seen = async (output) => ({
      value: await output.promise(),
      known: await output.isKnown,
      secret: await output.isSecret,
      from: [...(await output.allResources())].map((resource) => resource.__name),
    });
    const all = (outputs) => Promise.all(outputs.map(seen));
    const mocks = (preview, newResource) =>
      pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "project", "stack", preview);
    const bodies = {${bodies.join(",")}};
    (async () => {
      const said = {};
      for (const [name, body] of Object.entries(bodies)) said[name] = await body();
      process.stdout.write("\\n" + JSON.stringify(said), () => process.exit(0));
    })();`;
  const out = execFileSync(process.execPath, ["--require", "tsx/cjs", "--eval", code], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...env },
  });
  return JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
}

const beforeSdk = 'require("./start/light-sdk.ts");';
const afterSdk = 'require("@pulumi/pulumi"); require("./start/light-resources.ts");';
const { made: madePlain, ...plain } = saidBy("");

test("the SDK alone makes every Output and lists lines, and says something in each case", () => {
  expect(madePlain).toEqual({ before: [], after: [], lines: true });
  expect(plain).toMatchObject({
    "a property that a subclass sets itself": ["mine", true, 1],
    "a registration that fails": expect.arrayContaining([expect.stringContaining("refused")]),
  });
});

test.each([
  { what: "a process that loads the SDK with fewer parts", start: beforeSdk },
  { what: "a program that Pulumi starts", start: afterSdk },
])("$what makes Outputs when they are read, lists no lines, and sees the same", ({ start }) => {
  const { made: own, ...said } = saidBy(start);
  expect(own).toEqual({ before: ["given", "worked"], after: ["worked"], lines: false });
  expect(said).toEqual(plain);
});

test("whoever looks for leaks gets the SDK as it is", () => {
  const { made: own } = saidBy(afterSdk, { PULUMI_DEBUG_PROMISE_LEAKS: "1" });
  expect(own).toEqual(madePlain);
});

/** What generated programs register, see and say, in one fresh process each. */
async function generated(start: string): Promise<Record<string, unknown>> {
  const code = `${start} require("./test/support/programs/generated.ts").generated(40)
    .then((said) => process.stdout.write("\\n" + JSON.stringify(said), () => process.exit(0)));`;
  const args = ["--require", "tsx/cjs", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

test("generated programs register, see and say the same", async () => {
  const starts = ["", beforeSdk, afterSdk];
  const [said, before, after] = await Promise.all(starts.map(generated));
  const text = JSON.stringify(said);
  for (const part of ["StackReference", "Group", "threw", "rejected", "refused", '"known":false']) {
    expect(text).toContain(part);
  }
  expect(before).toEqual(said);
  expect(after).toEqual(said);
}, 180_000);

test("the SDK that is installed is the one that the changes were tried with", () => {
  const { version } = JSON.parse(
    readFileSync(join(root, "node_modules/@pulumi/pulumi/package.json"), "utf8"),
  );
  expect(TRIED_SDK).toBe(version);
});

/** What a small SDK of a version is after another one was loaded, and what is said to people. */
function loaded(...versions: (string | undefined)[]) {
  const folders = versions.map((version) => {
    const folder = mkdtempSync(join(tmpdir(), "sdk-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const at = join(folder, "node_modules/@pulumi/pulumi");
    mkdirSync(join(at, "runtime"), { recursive: true });
    if (version) writeFileSync(join(at, "package.json"), JSON.stringify({ version }));
    writeFileSync(join(at, "index.js"), 'module.exports = require("./runtime/rpc");');
    writeFileSync(join(at, "runtime/rpc.js"), "exports.transferProperties = function own() {};");
    return `require(${JSON.stringify(at)}).transferProperties.name === "own"`;
  });
  const code = `require("./start/light-sdk.ts"); console.log(JSON.stringify([${folders.join(",")}]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--require", "tsx/cjs", "--eval", code], {
    cwd: root,
    encoding: "utf8",
  });
  return { asItIs: JSON.parse(stdout) as boolean[], said: stderr };
}

test("copies of the SDK of another version are left as they are, and one line says so", () => {
  expect(loaded(TRIED_SDK)).toEqual({ asItIs: [false], said: "" });
  expect(loaded("3.249.0", TRIED_SDK, "3.200.0", undefined)).toEqual({
    asItIs: [true, false, true, true],
    said: `homelab-ha: @pulumi/pulumi 3.249.0 is used as it is, which takes more time and memory; only ${TRIED_SDK} was tried with less work for each resource\n`,
  });
});
