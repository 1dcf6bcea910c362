import { spawn } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { quickBundle } from "../../../packaging/quick-bundle";
import { type Ended, homelab, root, scratch } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

/** A clone of its own, so that its sources can be changed. */
const clone = join(dir, "clone");
const kept = join(clone, ".cache/quick");
const file = () => join(kept, readdirSync(kept)[0] ?? "");

beforeAll(() => {
  const parts = ["bin", "cli", "clients", "config", "model", "packaging", "start"];
  const more = [
    "Pulumi.yaml",
    "Pulumi.homelab.yaml",
    "Pulumi.two-nodes.yaml",
    "package.json",
    "tsconfig.json",
  ];
  for (const part of [...parts, ...more]) {
    cpSync(join(root, part), join(clone, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
});

/** Runs the command as people do, through `bin`. */
function started(args: readonly string[], project = clone, env = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(project, "bin/homelab.js"), ...args], {
    cwd: clone,
    env: { ...process.env, CI: "true", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    texts.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...texts }));
  });
}

const sound = { code: 0, stdout: "Pulumi.two-nodes.yaml: no mistakes\n", stderr: "" };
const validate = (env = {}) => started(["validate", "--stack", "two-nodes"], clone, env);

/** Replaces a part of a source of the clone, which must be there. */
function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(clone, path), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(clone, path), text.replace(from, to));
}

test("runs at once with nothing kept do not disturb each other, and what is kept is used", async () => {
  const together = await Promise.all([validate(), validate(), validate()]);
  expect(together).toEqual([sound, sound, sound]);
  expect(readdirSync(kept)).toHaveLength(1);
  const before = readFileSync(file());
  expect(await validate()).toEqual(sound);
  expect(readFileSync(file()).equals(before)).toBe(true);
});

test.each([
  [["validate", "--file", "Pulumi.broken.yaml"]],
  [["validate", "--stcak", "x"]],
  [["simulate", "--fail", "pve1", "--stack", "two-nodes"]],
  [["simulate", "--fail", "pve7", "--stack", "two-nodes"]],
])("%j says what the sources say", async (args) => {
  writeFileSync(
    join(clone, "Pulumi.broken.yaml"),
    readFileSync(join(clone, "Pulumi.two-nodes.yaml"), "utf8").replace("192.168.1.20", "192.168.1"),
  );
  cpSync(join(clone, "Pulumi.broken.yaml"), join(root, ".cache/Pulumi.broken.yaml"));
  const [quick, slow] = await Promise.all([
    started(args),
    homelab(...args.map((one) => (one === "Pulumi.broken.yaml" ? `.cache/${one}` : one))),
  ]);
  const same = ({ code, stdout, stderr }: Ended) => ({
    code,
    text: `${stdout}${stderr}`.replaceAll(".cache/", ""),
  });
  expect(same(quick)).toEqual(same(slow));
});

test("validate and simulate load the model and the configuration: no SDK, no component, no policy", async () => {
  const { inputs } = await quickBundle(root);
  const packages = inputs.flatMap(
    (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  expect([...new Set(packages)]).toEqual(["commander", "ipaddr.js", "picocolors", "yaml", "zod"]);
  const own = inputs.filter((file) => !file.startsWith("node_modules/"));
  expect([...new Set(own.map((file) => file.split("/")[0]))]).toEqual([
    "cli",
    "clients",
    "config",
    "model",
  ]);
  // What starts programs and reads how one ended; nothing of the Automation API, of SSH or of an API.
  expect(own.filter((file) => file.startsWith("clients/"))).toEqual([
    "clients/deadline.ts",
    "clients/programs.ts",
    "clients/pulumi/bounded-command.ts",
    "clients/pulumi/engine-error.ts",
    "clients/pulumi/project.ts",
    "clients/watch.ts",
  ]);
  const commands = own.flatMap((file) => /^cli\/commands\/([^/]+)\//.exec(file)?.[1] ?? []);
  expect([...new Set(commands)]).toEqual(["simulate", "validate"]);
});

test("whoever names a stack without its option is told which it is", async () => {
  expect(await started(["validate", "Pulumi.two-nodes.yaml"])).toEqual({
    code: 2,
    stdout: "",
    stderr:
      "error: too many arguments for 'validate'. Expected 0 arguments but got 1; a stack is named with --stack NAME\n",
  });
});

test("a source that changes counts at once, by its text and not by its time", async () => {
  edit("cli/commands/validate/run.ts", ": no mistakes", ": no mishaps!");
  expect((await validate()).stdout).toBe("Pulumi.two-nodes.yaml: no mishaps!\n");
  edit("cli/commands/validate/run.ts", ": no mishaps!", ": no mistakes");
  expect(await validate()).toEqual(sound);
});

test("a new file that an import means from now on counts at once", async () => {
  const at = (path: string) => join(clone, "cli/run", path);
  renameSync(at("check.ts"), at("checked.ts"));
  mkdirSync(at("check"));
  writeFileSync(at("check/index.ts"), 'export * from "../checked";');
  expect(await validate()).toEqual(sound);
  const taken = '() => { throw new Error("taken"); }';
  writeFileSync(
    at("check.ts"),
    ["checkStack", "checkFile"].map((name) => `export const ${name} = ${taken};`).join("\n"),
  );
  expect((await validate()).stderr).toContain("taken");
  rmSync(at("check"), { recursive: true });
  renameSync(at("checked.ts"), at("check.ts"));
});

test("a source with a mistake in its syntax is reported as the sources report it", async () => {
  appendFileSync(join(clone, "cli/run/check.ts"), "\nconst = 1;\n");
  const { code, stderr } = await validate();
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/check\.ts/);
  edit("cli/run/check.ts", "\nconst = 1;\n", "");
});

test.each([
  ["cut off", () => truncateSync(file(), 1_000_000)],
  ["another text", () => writeFileSync(file(), '{"lengths":[0,0,0]}\n')],
])("a kept file that is %s does no harm", async (_what, harm) => {
  await validate();
  harm();
  expect(await validate()).toEqual(sound);
});

test("where nothing can be kept, it runs all the same", async () => {
  rmSync(join(clone, ".cache"), { recursive: true, force: true });
  writeFileSync(join(clone, ".cache"), "no folder");
  const ended = await validate();
  rmSync(join(clone, ".cache"));
  expect(ended).toEqual(sound);
});

test.runIf(process.getuid?.() === 0)(
  "what somebody else keeps is neither used nor replaced",
  async () => {
    mkdirSync(kept, { recursive: true });
    await validate();
    chownSync(kept, 1234, 1234);
    const before = readFileSync(file());
    edit("cli/commands/validate/run.ts", ": no mistakes", ": no mishaps!");
    expect((await validate()).stdout).toContain("mishaps");
    edit("cli/commands/validate/run.ts", ": no mishaps!", ": no mistakes");
    expect(readFileSync(file()).equals(before)).toBe(true);
    rmSync(kept, { recursive: true });
  },
);

test("the package has the commands in one file, which loads nothing but Node's own modules", async () => {
  const { text } = await quickBundle(root);
  const asked = new Set([...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name));
  expect([...asked].filter((name) => !/^(node:\w+|buffer|process)$/.test(name ?? ""))).toEqual([]);
  expect(/[^\0-\x7f]/.test(text)).toBe(false);

  const installed = join(dir, "installed");
  cpSync(join(root, "bin"), join(installed, "bin"), { recursive: true });
  mkdirSync(join(installed, "dist"));
  writeFileSync(join(installed, "dist/quick.js"), text);
  const home = { XDG_CACHE_HOME: join(dir, "home") };
  const args = ["validate", "--stack", "two-nodes"];
  writeFileSync(join(installed, "package.json"), '{"version":"1.2.3"}');
  expect(await started(args, installed, home)).toEqual(sound);
  expect(existsSync(join(dir, "home/homelab-ha"))).toBe(true);
  expect(await started(args, installed, home)).toEqual(sound);
});
