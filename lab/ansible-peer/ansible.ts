import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { addressOf } from "../../model/text";
import { VIP } from "../machine/network";
import { cacheFolder, RUN_FOLDER, reportFolder } from "../machine/places";
import { must, run } from "../machine/shell";
import { pairSettings } from "../pair/pair";
import { KEY_FILE, type PeerPlan } from "./plan";
import { failuresIn, type HostRecap, recapIn } from "./recap";
import type { PeerTexts } from "./texts";

const REQUIREMENTS = join(__dirname, "requirements.txt");
const FOLDER = join(RUN_FOLDER, "ansible");

/** Packages that Ansible needs on a host, and no other lab run does. */
export const ANSIBLE_PACKAGES = ["python3", "python3-apt"];

/**
 * Ansible in a virtual environment of its own in the lab's cache, every package by version.
 *
 * @returns the folder of its programs
 */
export async function ensureAnsible(say: (line: string) => void): Promise<string> {
  const requirements = readFileSync(REQUIREMENTS, "utf8");
  const version = /^ansible-core==(\S+)$/m.exec(requirements)?.[1] ?? "";
  const key = createHash("sha256").update(requirements).digest("hex").slice(0, 12);
  const folder = join(cacheFolder(), `ansible-${key}`);
  const complete = join(folder, "complete");
  if (!existsSync(complete)) {
    say(`ansible-core ${version}: installing from PyPI, once`);
    rmSync(folder, { recursive: true, force: true });
    const { status, stderr } = await run("python3", ["-m", "venv", folder], { timeoutSec: 300 });
    if (status !== 0) {
      throw new Error(
        `python3 -m venv failed; install Python 3.11 or newer with its venv module (Debian: python3-venv): ${stderr.trim()}`,
      );
    }
    const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement", REQUIREMENTS];
    await must(join(folder, "bin", "python"), install, { timeoutSec: 900 });
    writeFileSync(complete, "");
  }
  say(`ansible-core ${version}, cached (${key})`);
  return join(folder, "bin");
}

/** The playbook on the hosts of a run. */
export interface Playbook {
  syntaxCheck(): Promise<void>;
  /**
   * Runs it from a cold start, without a connection that is still open.
   *
   * @param atOnce members that are worked on at the same time. @default 1
   */
  play(atOnce?: number): Promise<{ seconds: number; recap: Record<string, HostRecap> }>;
}

/** Writes inventory, pinned host keys and texts of a run; nothing is deployed yet. */
export function openPlaybook(bin: string, plan: PeerPlan, { texts, health }: PeerTexts): Playbook {
  rmSync(FOLDER, { recursive: true, force: true });
  const inventory = join(FOLDER, "inventory.yml");
  const knownHosts = join(FOLDER, "known_hosts");
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  writeFileSync(
    knownHosts,
    plan.hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(""),
  );
  const vars = {
    ansible_user: "root",
    ansible_ssh_private_key_file: KEY_FILE,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHosts} -o GlobalKnownHostsFile=none -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o HostKeyAlgorithms=ssh-ed25519`,
    traefik_version: plan.traefikVersion,
    vip: addressOf(VIP),
    units: health.units,
    health_url: health.url,
    settle_sec: health.settleSec,
  };
  writeFileSync(inventory, stringify(inventoryOf(plan, vars)));
  for (const [host, files] of Object.entries(texts)) {
    for (const { path, content } of files) {
      const file = join(textsFolder(host), path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
  let runs = 0;
  const command = async (...args: string[]) => {
    runs += 1;
    const connections = join(FOLDER, `connections-${runs}`);
    mkdirSync(connections, { mode: 0o700 });
    const begin = performance.now();
    const { status, stdout, stderr } = await run(
      join(bin, "ansible-playbook"),
      ["--inventory", inventory, ...args, join(__dirname, "site.yml")],
      { env: environment(connections), timeoutSec: 600, noted: "ansible-playbook" },
    );
    const seconds = (performance.now() - begin) / 1000;
    await endConnections(connections);
    mkdirSync(reportFolder(), { recursive: true });
    writeFileSync(join(reportFolder(), `ansible-${runs}.log`), `${stdout}${stderr}`);
    if (status === 0) return { seconds, stdout };
    throw new Error(`ansible-playbook failed:\n${failuresIn(`${stdout}\n${stderr}`)}`);
  };
  return {
    syntaxCheck: async () => {
      await command("--syntax-check");
    },
    play: async (atOnce = 1) => {
      const { seconds, stdout } = await command(
        "--extra-vars",
        JSON.stringify({ at_once: atOnce }),
      );
      return { seconds, recap: recapIn(stdout) };
    },
  };
}

const textsFolder = (host: string) => join(FOLDER, "texts", host);

/** Members in the order in which the component rolls out: the preferred one last. */
function inventoryOf(plan: PeerPlan, vars: Readonly<Record<string, unknown>>) {
  const order = [...pairSettings(plan.profile, plan.hosts).members].sort(
    (a, b) => a.priority - b.priority,
  );
  const [first, ...others] = plan.hosts.map(({ name }) => name);
  const named = (names: readonly (string | undefined)[]) => ({
    hosts: Object.fromEntries(names.map((name) => [name, {}])),
  });
  const members = order.map(({ name, address }) => [
    name,
    { ansible_host: address, texts: textsFolder(name) },
  ]);
  return {
    all: {
      vars,
      children: {
        members: { hosts: Object.fromEntries(members) },
        first: named([first]),
        others: named(others),
      },
    },
  };
}

function environment(connections: string): Record<string, string> {
  return {
    ANSIBLE_CONFIG: join(__dirname, "ansible.cfg"),
    ANSIBLE_HOME: join(FOLDER, "home"),
    ANSIBLE_SSH_CONTROL_PATH_DIR: connections,
    ANSIBLE_NOCOLOR: "1",
    LC_ALL: "C.UTF-8",
  };
}

/** The connections that Ansible leaves open for a minute: the next run must not find them. */
async function endConnections(folder: string): Promise<void> {
  for (const socket of readdirSync(folder)) {
    await run("ssh", ["-O", "exit", "-o", `ControlPath=${join(folder, socket)}`, "host"]);
  }
}
