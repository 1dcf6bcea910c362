import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json";
import { type Sim, startSim } from "../../sim/server";
import { engine, engineTest } from "../support/engine";
import { openEditor } from "../support/foreign/editor";
import { install, link, type Packed, packBoth } from "../support/foreign/install";
import {
  componentProgram,
  previewScript,
  rawProgram,
  templateSettings,
  typescriptProgram,
} from "../support/foreign/projects";

let folder: string;
let packed: { library: Packed; policy: Packed };
let sim: Sim;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "package-"));
  mkdirSync(join(folder, "build"));
  packed = packBoth(join(folder, "build"));
  sim = await startSim({
    nodes: ["proxmox", "proxmox2", "proxmox3"],
    guests: [
      { vmid: 110, type: "ct", node: "proxmox2", name: "traefik" },
      { vmid: 121, type: "ct", node: "proxmox3", name: "traefik-2" },
    ],
    zones: [{ name: "example.org", accountId: "0123456789abcdef0123456789abcdef" }],
  });
}, 900_000);

afterAll(async () => {
  await sim?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** An empty project in which packages are installed. */
function project(name: string, packages: readonly Packed[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "package.json"), JSON.stringify({ name, main: "index.js" }));
  writeFileSync(join(path, "Pulumi.yaml"), "name: foreign\nruntime: nodejs\n");
  for (const one of packages) install(path, one);
  return path;
}

interface Preview {
  failure?: string;
  said: string[];
  created: string[];
}

/** What the engine says of the program `index.js` of a project, run by the project's own packages. */
async function preview(
  path: string,
  { packs = [], configs = [], more = "" }: { packs?: string[]; configs?: string[]; more?: string },
): Promise<Preview> {
  writeFileSync(join(path, "preview.js"), previewScript);
  const state = join(path, "state");
  mkdirSync(join(state, "backend"), { recursive: true });
  const asked = { program: join(path, "index.js"), packs, configs, state };
  const bin = engine?.dir ?? "";
  const command = bin.endsWith("/bin") ? dirname(bin) : undefined;
  const child = spawn(process.execPath, ["preview.js", JSON.stringify({ ...asked, command })], {
    cwd: path,
    env: {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${join(state, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DEBUG_PROVIDERS: sim.debugProviders + more,
    },
  });
  const { stdout, stderr } = await outputOf(child);
  if (!stdout.startsWith("{")) throw new Error(`preview printed no result: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

function outputOf(child: ChildProcess): Promise<{ stdout: string; stderr: string }> {
  const told = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    told.stdout += String(chunk);
  });
  child.stderr?.on("data", (chunk) => {
    told.stderr += String(chunk);
  });
  return new Promise((resolve) => child.once("close", () => resolve(told)));
}

test("the packages have compiled files and their declarations, and nothing else", () => {
  const { library, policy } = packed;
  const outside = library.files.filter((file) => !/^dist\/.*\.(js|d\.ts)$/.test(file));
  expect(outside).toEqual([
    "LICENSE",
    "PulumiPlugin.yaml",
    "README.md",
    "bin/homelab.js",
    "bin/late-compiler.js",
    "bin/quick.js",
    "dist/components/generated/plugin-schema.json",
    "dist/config/generated/sections.schema.json",
    "dist/config/generated/stack.schema.json",
    "dist/policy/PulumiPolicy.yaml",
    "dist/policy/package.json",
    "package.json",
  ]);
  const rooms = new Set(library.files.map((file) => /^dist\/([^/]+)/.exec(file)?.[1] ?? ""));
  expect([...rooms].filter((room) => room !== "").sort()).toEqual([
    ...["cli", "clients", "components", "config", "model", "policy"],
    ...["program.d.ts", "program.js", "quick.js", "sim", "start", "templates"],
  ]);
  expect(library.size).toBeLessThan(1_300_000);

  const others = policy.files.filter((file) => !/^(model|policy|start)\/.*\.js$/.test(file));
  expect(others).toEqual([
    "LICENSE",
    "PulumiPolicy.yaml",
    "README.md",
    "config.schema.json",
    "package.json",
  ]);
  expect(policy.files).toContain("policy/rules/vrrp.js");
  expect(policy.files.filter((file) => /^model\/(adopt|resilience)/.test(file))).toEqual([]);
  expect(policy.size).toBeLessThan(250_000);
});

engineTest(
  "a project made by Pulumi's template type-checks, shows the sentences and previews",
  async () => {
    const path = project("typescript", [packed.library, packed.policy]);
    link(path, ["@types/node"]);
    writeFileSync(join(path, "index.ts"), typescriptProgram);
    const modern = openEditor(path, templateSettings);
    expect(modern.mistakes()).toEqual([]);
    for (const [text, sentence] of [
      ["TraefikHaPair(", "virtual address that moves when a Traefik or a host dies"],
      ["HaGroup(", ""],
      ["KeepalivedLb(", ""],
      ["MetalLbService(", "An address of its own for an ingress controller in Kubernetes"],
      ["TunnelIngress(", "Public host names that lead through a Cloudflare tunnel"],
      ["keepApart:", ""],
    ] as const) {
      expect(modern.hover(text), text).toMatch(/^[A-Z].*\./s);
      expect(modern.hover(text)).toContain(sentence);
    }
    // Older projects: the settings of the template until it took `nodenext`.
    const older = { ...templateSettings, module: "commonjs", moduleResolution: "node10" };
    const classic = openEditor(path, { ...older, ignoreDeprecations: "6.0" });
    expect(classic.mistakes()).toEqual([]);
    writeFileSync(
      join(path, "index.ts"),
      typescriptProgram.replace('address: "10.0.20.200"', "address: 5"),
    );
    expect(openEditor(path, templateSettings).mistakes()).toEqual([
      "Type 'number' is not assignable to type 'string'.",
    ]);

    const { outputText } = ts.transpileModule(typescriptProgram, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2020 },
    });
    writeFileSync(join(path, "index.js"), outputText);
    const pack = join(path, "node_modules/homelab-ha-policy");
    const { failure, said, created } = await preview(path, { packs: [pack] });
    expect([failure, said]).toEqual([undefined, []]);
    for (const type of [
      "HaGroup",
      "KeepalivedLb",
      "MetalLbService",
      "TraefikHaPair",
      "TunnelIngress",
    ]) {
      expect(created).toContain(`homelab:components:${type}`);
    }
    expect(created.filter((type) => type === "command:remote:Command").length).toBeGreaterThan(20);
  },
);

engineTest("a stack of raw resources is judged by the pack's package alone", async () => {
  const path = project("raw", [packed.policy]);
  link(path, ["@muhlba91/pulumi-proxmoxve", "@pulumi/command"]);
  const pack = join(path, "node_modules/homelab-ha-policy");
  writeFileSync(join(path, "index.js"), rawProgram);
  const refused = await preview(path, { packs: [pack] });
  // What the rules said is below; the engine ends for no other reason.
  expect(refused.failure).toMatch(/polic|code: 255/i);
  expect(refused.said.join("\n")).toContain(`mandatory vrrp-weight: `);
  expect(refused.said.join("\n")).toContain(
    "(see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
  );
  expect(refused.said.join("\n")).toContain("tank");

  const config = join(path, "policy-config.json");
  const stated = { "vrrp-weight": "advisory", "not-judged": { storages: { tank: "ceph" } } };
  writeFileSync(config, JSON.stringify(stated));
  const advised = await preview(path, { packs: [pack], configs: [config] });
  expect(advised.failure).toBeUndefined();
  expect(advised.said.join("\n")).toContain("advisory vrrp-weight: ");
  expect(advised.said.join("\n")).not.toContain("tank");
});

engineTest("other languages get the components from the package's own provider", async () => {
  const path = project("javascript", [packed.library]);
  // As a language host does: the folder is the program.
  const plugin = spawn(
    process.execPath,
    [
      join(__dirname, "../../node_modules/@pulumi/pulumi/cmd/run-plugin/index.js"),
      join(path, "node_modules/homelab-ha"),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void plugin.kill());
  const port = await new Promise<string>((resolve, reject) => {
    plugin.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
    plugin.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
  });
  writeFileSync(join(path, "index.js"), componentProgram);
  const { failure, created } = await preview(path, { more: `,homelab-ha:${port}` });
  expect(failure).toBeUndefined();
  expect(created).toEqual(
    expect.arrayContaining(["homelab:components:MetalLbService", "kubernetes:core/v1:Service"]),
  );
});

test("the installed command runs its compiled files", () => {
  const path = join(folder, "build");
  const { stdout } = spawnSync(process.execPath, [join(path, "bin/homelab.js"), "--version"], {
    encoding: "utf8",
    env: { ...process.env, NODE_PATH: join(__dirname, "../../node_modules") },
  });
  expect(stdout.trim()).toBe(packageJson.version);
  expect(readFileSync(join(path, "bin/homelab.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});
