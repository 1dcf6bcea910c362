import { existsSync, readFileSync } from "node:fs";
import { onPath, run } from "./shell";

/** Programs that the lab calls on the machine itself, and the Debian package of each. */
const NEEDED: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  "systemd-nspawn": "systemd-container",
  ip: "iproute2",
  nsenter: "util-linux",
  tcpdump: "tcpdump",
  python3: "python3-minimal",
  "ssh-keygen": "openssh-client",
};

/** What keeps this machine from running the lab at all. */
export function machineProblems(platform: string, uid: number | undefined): string[] {
  return [
    ...(platform === "linux"
      ? []
      : [`found ${platform}, expected linux; run the lab on a Linux machine or in a Linux VM`]),
    ...(platform === "linux" && uid !== 0
      ? [
          `found user id ${uid}, expected root, who alone may mount and make network namespaces; run it as root, e.g. sudo make lab`,
        ]
      : []),
  ];
}

const BRIDGE_FILTER = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** What may keep the hosts from seeing each other, e.g. Docker's firewall on the same machine. */
export function bridgeWarning(setting = readIfThere(BRIDGE_FILTER)): string | undefined {
  if (setting?.trim() !== "1") return undefined;
  return "this machine's firewall looks at bridged packets too; if the hosts do not see each other, run: sysctl -w net.bridge.bridge-nf-call-iptables=0";
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * Makes sure that everything the lab calls is there; installs what is missing where apt-get can.
 *
 * @param needed programs, and the Debian package of each. @default what every rehearsal calls
 */
export async function ensurePrograms(
  say: (line: string) => void,
  needed: Readonly<Record<string, string>> = NEEDED,
): Promise<void> {
  const missing: string[] = [];
  for (const [program, debian] of Object.entries(needed)) {
    if (!(await onPath(program))) missing.push(debian);
  }
  if (missing.length === 0) return;
  const names = missing.join(" ");
  if (!(await onPath("apt-get"))) {
    throw new Error(
      `found no ${names}; install what carries these names in your distribution, the lab installs by itself on Debian and Ubuntu only`,
    );
  }
  say(`installing ${names} (apt-get)`);
  const script = `export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends ${names}`;
  const { status, stderr } = await run("sh", ["-c", script], { timeoutSec: 600 });
  if (status !== 0) throw new Error(`apt-get could not install ${names}: ${stderr.trim()}`);
}
