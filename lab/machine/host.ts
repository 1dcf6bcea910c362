import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeCgroups } from "./cgroup";
import { BRIDGE } from "./network";
import { RUN_FOLDER } from "./places";
import { type Finished, must, type RunOptions, run, until } from "./shell";
import { alive, knownProcess, note, noteProcess, startOf } from "./state";

/** What makes one host different from another. */
const hostPlan = z.object({
  /** Host name. */
  name: z.string(),
  /** Counts from 1; short, because names of interfaces are. */
  number: z.int().positive(),
  address: z.string(),
});

export type HostPlan = z.output<typeof hostPlan>;

/** A host of the lab: a container with its own systemd, sshd, network and disk. */
export const labHost = hostPlan.extend({
  /** Its interface on the bridge, as the machine sees it. */
  link: z.string(),
  /** Public key of its sshd, as `ssh-ed25519 AAAA…`. */
  hostKey: z.string(),
  /** Its root folder, seen from the machine. */
  root: z.string(),
  /** Its process 1, seen from the machine; nothing while it is down. */
  leader: knownProcess.exactOptional(),
  /** The systemd-nspawn of its last boot, which may outlive the host by a moment and holds its disk. */
  container: knownProcess.exactOptional(),
});

export type LabHost = z.output<typeof labHost>;

/** Puts a host's disk together: image, binary and a layer of its own with keys and address. */
export async function prepareHost(
  plan: HostPlan,
  layers: readonly string[],
  publicKey: string,
): Promise<LabHost> {
  const folder = join(RUN_FOLDER, plan.name);
  const [upper, work, root] = ["upper", "work", "root"].map((part) => join(folder, part));
  if (!upper || !work || !root) throw new Error("a host needs three folders");
  for (const path of [upper, work, root]) mkdirSync(path, { recursive: true });
  note((state) => state.mounts.push(root));
  await mountDisk(layers.join(":"), { upper, work, root });

  const hostKey = await furnish(plan, root, publicKey);
  return { ...plan, link: `vb-hl-${plan.number}`, hostKey, root };
}

/** Puts a layer of a host's own on its image; the first boot gives all its files other owners, so only those are copied. */
async function mountDisk(
  lower: string,
  { upper, work, root }: { upper: string; work: string; root: string },
): Promise<void> {
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},metacopy=on`;
  await must("mount", ["-t", "overlay", "overlay", "-o", options, root]);
}

/** Gives a new disk its name, address and keys; returns the public host key. */
async function furnish(
  { name, address }: HostPlan,
  root: string,
  publicKey: string,
): Promise<string> {
  writeFileSync(join(root, "etc/hostname"), `${name}\n`);
  appendFileSync(join(root, "etc/hosts"), `${address} ${name}\n`);
  writeFileSync(
    join(root, "etc/systemd/network/10-host0.network"),
    `[Match]\nName=host0\n\n[Network]\nAddress=${address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n`,
  );
  mkdirSync(join(root, "root/.ssh"), { recursive: true, mode: 0o700 });
  writeFileSync(join(root, "root/.ssh/authorized_keys"), `${publicKey}\n`, { mode: 0o600 });
  const key = join(root, "etc/ssh/ssh_host_ed25519_key");
  await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
  return readFileSync(`${key}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim();
}

/**
 * Puts a new disk into a host that is dead: the image as it was, and new keys. What the host had is gone.
 *
 * @returns the key that it shows now; `hostKey` stays the one that others know
 */
export async function replaceDisk(host: LabHost): Promise<string> {
  const mounted = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, path]) => path === host.root);
  const layers = /lowerdir=([^,]+)/.exec(mounted?.[3] ?? "")?.[1];
  if (layers === undefined) throw new Error(`${host.name}: its disk is not mounted`);
  await until(`${host.name}: its disk is free`, 20, async () => {
    return (await run("umount", [host.root])).status === 0;
  });
  const [upper, work] = ["upper", "work"].map((part) => join(host.root, "..", part));
  if (!upper || !work) throw new Error("a disk needs two folders");
  for (const path of [upper, work]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
  await mountDisk(layers, { upper, work, root: host.root });
  return furnish(host, host.root, readFileSync(join(RUN_FOLDER, "id_ed25519.pub"), "utf8").trim());
}

/**
 * Hosts are unprivileged, as containers of Proxmox are unless told otherwise: their root is nobody on
 * the machine. All have the same numbers there, so that they share what the kernel grants a user.
 */
const UNPRIVILEGED = ["--private-users=131072:65536", "--private-users-ownership=chown"];

/** Starts a prepared host, for the first time or again, and waits until its sshd answers. */
export async function bootHost(host: LabHost): Promise<void> {
  const { root, number, name, container } = host;
  if (container) {
    await until(`${name}: its disk is free`, 20, async () => !alive(container), 0.05);
  }
  const groups = makeCgroups(name);
  note((state) => state.links.push(host.link));
  const log = openSync(join(RUN_FOLDER, name, "console.log"), "a");
  const flags = [
    ...["-D", root, `--machine=hl-${number}`, `--hostname=${name}`, "--boot", "--quiet"],
    ...["--register=no", "--keep-unit", "--console=read-only", "--link-journal=no"],
    ...["--network-veth", `--network-bridge=${BRIDGE}`, "--resolv-conf=off", "--timezone=off"],
    ...UNPRIVILEGED,
  ];
  // The group is entered before the program starts, so that nothing of it is ever outside.
  const enter = groups.map((file) => `echo $$ >'${file}'`).join("; ");
  const script = `${enter}; exec systemd-nspawn "$@"`;
  const child = spawn("sh", ["-c", script, "sh", ...flags], {
    stdio: ["ignore", log, log],
    // Ctrl-C is for the lab, which then takes its hosts down in order.
    detached: true,
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name}: systemd-nspawn cannot be started`);
  const what = `systemd-nspawn of ${name}`;
  noteProcess(pid, what);
  host.container = { pid, startTicks: startOf(pid) ?? "", what };
  let leader: number | undefined;
  await until(`${name}: first process`, 30, async () => {
    if (startOf(pid) === undefined) {
      const text = readFileSync(join(RUN_FOLDER, name, "console.log"), "utf8");
      throw new Error(`${name} did not start: ${text.slice(-600)}`);
    }
    leader = childOf(pid, "systemd");
    return leader !== undefined;
  });
  if (leader === undefined) throw new Error(`${name}: no first process`);
  noteProcess(leader, `process 1 of ${name}`);
  host.leader = { pid: leader, startTicks: startOf(leader) ?? "", what: `process 1 of ${name}` };
  await until(`${name}: sshd answers`, 180, async () => {
    const { status } = await inHost(host, "systemctl is-active --quiet ssh.service");
    return status === 0;
  });
}

/** The child of a process that runs this program. */
export function childOf(pid: number, program: string): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return children
      .map(Number)
      .find((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim() === program);
  } catch {
    return undefined;
  }
}

/** The first process of a host that runs; throws when it is down. */
export function leaderOf(host: LabHost): number {
  if (!host.leader || !alive(host.leader)) throw new Error(`${host.name} is down`);
  return host.leader.pid;
}

/** Runs a shell script inside, past its sshd: how faults are made and looked at. */
export function inHost(host: LabHost, script: string, options?: RunOptions): Promise<Finished> {
  const args = ["-t", String(leaderOf(host)), "-a", "sh", "-c", script];
  return run("nsenter", args, { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, ...options });
}

/** Takes every process of a host away at once, as a dead power supply does. */
export async function killHost(host: LabHost): Promise<void> {
  const { leader } = host;
  if (!leader || !alive(leader)) return;
  process.kill(leader.pid, "SIGKILL");
  await until(`${host.name} is dead`, 20, async () => !alive(leader), 0.01);
}
