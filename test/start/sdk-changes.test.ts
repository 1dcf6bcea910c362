import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

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
      names: Object.keys(one).filter((key) => !key.startsWith("__")).sort(),
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
