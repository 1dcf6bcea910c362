import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../../cli/lib/recorded";
import { cacheFolder, recipeKey } from "../machine/places";
import { must, onPath } from "../machine/shell";

/** Releases of the programs of a control plane. */
export const CONTROL_PLANE = { kubernetes: "1.34.4", etcd: "3.6.16" } as const;

/** The real programs of a control plane. */
export interface ControlPlane {
  /** Folder whose `usr/local/bin` holds `kube-apiserver` and `etcd`; can lie over a host's image. */
  layer: string;
  apiServer: string;
  etcd: string;
  /** Where they came from, for the reader of a report. */
  origin: string;
}

/**
 * Hands back kube-apiserver and etcd: cached, else built from their Go modules, whose sources the Go
 * checksum database vouches for.
 *
 * @throws where there is no Go to build them with
 */
export async function ensureControlPlane(say: (line: string) => void): Promise<ControlPlane> {
  const layer = join(cacheFolder(), `control-plane-${recipeKey(CONTROL_PLANE)}`);
  const note = join(layer, "origin");
  if (!existsSync(note)) await build(layer, say);
  const bin = join(layer, "usr", "local", "bin");
  const origin = readFileSync(note, "utf8");
  say(`control plane: ${origin}`);
  return { layer, apiServer: join(bin, "kube-apiserver"), etcd: join(bin, "etcd"), origin };
}

async function build(layer: string, say: (line: string) => void): Promise<void> {
  if (!(await onPath("go"))) {
    throw new Error(
      "found no Go on PATH, which builds kube-apiserver and etcd; install Go 1.24 or newer",
    );
  }
  mkdirSync(cacheFolder(), { recursive: true });
  // A folder of its own: the tests and the lab may build at the same time.
  const half = mkdtempSync(`${layer}.building-`);
  const bin = join(half, "usr", "local", "bin");
  mkdirSync(bin, { recursive: true });
  const { kubernetes, etcd } = CONTROL_PLANE;
  say(`kube-apiserver: building ${kubernetes}; the first time this takes some minutes`);
  const server = "k8s.io/kubernetes/cmd/kube-apiserver";
  await buildKubernetes(join(half, "kubernetes"), server, join(bin, "kube-apiserver"));
  say(`etcd: building ${etcd}`);
  await buildModule(join(half, "etcd"), {
    program: "go.etcd.io/etcd/server/v3",
    target: join(bin, "etcd"),
    requires: [`go.etcd.io/etcd/server/v3 v${etcd}`],
    replaces: [],
    flags: "-s -w",
  });
  const found = await must(join(bin, "kube-apiserver"), ["--version"]);
  if (found.trim() !== `Kubernetes v${kubernetes}`) {
    throw new Error(`kube-apiserver: found ${found.trim()}, expected v${kubernetes}`);
  }
  const origin = `kube-apiserver ${kubernetes} and etcd ${etcd}, built from their Go modules`;
  writeFileSync(join(half, "origin"), origin);
  rmSync(layer, { recursive: true, force: true });
  renameSync(half, layer);
}

/** Builds one of Kubernetes' own programs, which then says its release. */
export async function buildKubernetes(
  folder: string,
  program: string,
  target: string,
): Promise<void> {
  const { kubernetes } = CONTROL_PLANE;
  const version = "k8s.io/component-base/version";
  const [major, minor] = kubernetes.split(".");
  await buildModule(folder, {
    program,
    target,
    requires: [`k8s.io/kubernetes v${kubernetes}`],
    replaces: await stagingOf(`k8s.io/kubernetes@v${kubernetes}`, `v0${kubernetes.slice(1)}`),
    flags: `-s -w -X ${version}.gitVersion=v${kubernetes} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`,
  });
}

interface GoProgram {
  /** Import path of the main package. */
  program: string;
  target: string;
  requires: readonly string[];
  replaces: readonly string[];
  flags: string;
}

/** Builds a program that `go install` refuses, because its module has replacements of its own. */
async function buildModule(
  folder: string,
  { program, target, requires, replaces, flags }: GoProgram,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const lines = [
    "module build",
    "go 1.24.0",
    ...requires.map((one) => `require ${one}`),
    ...replaces.map((one) => `replace ${one}`),
  ];
  writeFileSync(join(folder, "go.mod"), `${lines.join("\n")}\n`);
  writeFileSync(
    join(folder, "tools.go"),
    `//go:build tools\n\npackage main\n\nimport _ "${program}"\n`,
  );
  const inFolder = { cwd: folder, env: { CGO_ENABLED: "0" } };
  await must("go", ["mod", "tidy"], { ...inFolder, timeoutSec: 1800 });
  // One compiler at a time and the lowest priority: what runs on the machine goes on.
  const args = ["-n", "19", "go", "build", "-p", "1", "-ldflags", flags, "-o", target, program];
  await must("nice", args, { ...inFolder, timeoutSec: 7200 });
  rmSync(folder, { recursive: true });
}

/** Kubernetes' own modules, which its go.mod replaces by folders: each is published beside it. */
async function stagingOf(module: string, version: string): Promise<string[]> {
  const answer = await must("go", ["mod", "download", "-json", module], { timeoutSec: 900 });
  const { GoMod: file } = recorded(
    z.looseObject({ GoMod: z.string() }),
    answer,
    `go mod download ${module}`,
  );
  const modules = readFileSync(file, "utf8").matchAll(/^\s*(k8s\.io\/[a-z0-9-]+) v0\.0\.0$/gm);
  return [...modules].map(([, name]) => `${name} => ${name} ${version}`);
}
