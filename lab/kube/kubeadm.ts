import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../machine/places";
import { onPath } from "../machine/shell";
import { buildKubernetes, CONTROL_PLANE } from "./binaries";

/**
 * Hands back the folder of a real kubeadm: cached, else built from its Go module.
 *
 * @throws where there is no Go to build it with
 */
export async function ensureKubeadm(): Promise<string> {
  const folder = join(cacheFolder(), `kubeadm-${CONTROL_PLANE.kubernetes}`);
  if (existsSync(join(folder, "kubeadm"))) return folder;
  if (!(await onPath("go"))) {
    throw new Error("found no Go on PATH, which builds kubeadm; install Go 1.24 or newer");
  }
  mkdirSync(cacheFolder(), { recursive: true });
  const half = mkdtempSync(`${folder}.building-`);
  const program = "k8s.io/kubernetes/cmd/kubeadm";
  await buildKubernetes(join(half, "build"), program, join(half, "kubeadm"));
  rmSync(folder, { recursive: true, force: true });
  renameSync(half, folder);
  return folder;
}
