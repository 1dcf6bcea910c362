import { foreign } from "../foreign-text";
import { isLinkLocal } from "../network/address";
import { addressOf, listed } from "../text";
import { judgeHandover, judgeInotify, kernelQuestion } from "./kernel";
import { type CheckResult, judgeClock, resultsOf } from "./types";

/** What a stack expects of a host that it logs in to. */
export interface ExpectedHost {
  name: string;
  address: string;
  debian: 12 | 13;
  /** Interfaces that carry a virtual address. @default none: a node */
  interfaces: readonly string[];
  /** The Traefik that must run. @default none */
  traefik?: { version: string; sha256?: string; sha256Arm64?: string; place: string };
  /** How open connections are kept over a planned change. @default they are cut */
  handover?: ExpectedHandover;
}

/** What a member needs to know to keep open connections. */
export interface ExpectedHandover {
  /** Virtual addresses without prefix length. */
  vips: readonly string[];
  interface: string;
  /** All other members. */
  peers: readonly { name: string; address: string }[];
  port: number;
  drainSec: number;
}

const END = "end of answer";

/**
 * One command that prints everything that {@link judgeHost} looks at; it changes nothing. The variable is
 * for tests, which have no host of their own.
 *
 * @param handover the script that would keep open connections there. @default the one that is there, if any
 */
export function hostQuestion(handover?: string): string {
  return `export LC_ALL=C
root=\${HOMELAB_HA_ROOT-}
( . "$root/etc/os-release"; echo "os $ID $VERSION_ID" )
echo "arch $(uname -m)"
echo "uid $(id -u)"
[ ! -d "$root/run/systemd/system" ] || echo "systemd"
echo "clock $(date +%s%3N)"
ip -o address show 2>/dev/null | while read -r _ interface _ address _; do echo "address $interface $address"; done
"$root/usr/local/bin/traefik" version 2>/dev/null | sed -n 's/^Version: *v\\{0,1\\}/traefik /p'
${kernelQuestion(handover)}
echo "${END}"`;
}

/**
 * Judges what a host printed.
 *
 * @param asked milliseconds of this machine's clock before and after
 */
export function judgeHost(
  expected: ExpectedHost,
  printed: string,
  asked: readonly [number, number],
): CheckResult[] {
  const { name } = expected;
  const lines = printed.split("\n").map((line) => line.trim());
  if (!lines.includes(END)) {
    return [resultsOf("host", name).notChecked("its answer was cut off")];
  }
  const after = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const clock = Number(after("clock")[0]);
  return [
    judgeRelease(expected, after("os")[0] ?? ""),
    judgeRights(name, after("uid")[0], lines.includes("systemd")),
    Number.isFinite(clock)
      ? judgeClock(name, clock, ...asked)
      : resultsOf("clock", name).notChecked("it does not tell its time"),
    ...judgeInterfaces(expected, after("address")),
    // Of a node only the shell is used.
    ...(expected.interfaces.length === 0 ? [] : [judgeInotify(name, after("inotify")[0])]),
    ...judgeHandover(name, after("handover")[0], lines.includes("rolled out")),
    ...judgeTraefik(expected, after("traefik")[0], after("arch")[0] ?? ""),
  ];
}

function judgeRelease({ name, debian, interfaces }: ExpectedHost, os: string): CheckResult {
  const { ok, problem } = resultsOf("release", name);
  const shown = foreign(os) || "no /etc/os-release";
  const [id, version = ""] = os.split(" ");
  if (id !== "debian") {
    return problem(`found ${shown}, expected Debian 12 or 13`, "take a guest with Debian");
  }
  // Of a node only the shell is used.
  if (interfaces.length === 0 || Number(version) === debian)
    return ok(`Debian ${foreign(version)}`);
  const states = `the stack file says Debian ${debian}`;
  if (version !== "12" && version !== "13") {
    return problem(
      `found Debian ${foreign(version)}, ${states}`,
      "take a guest with Debian 12 or 13",
    );
  }
  return problem(
    `found Debian ${version}, ${states}, which decides which keepalived is configured`,
    `set debian: ${version} for ${name}`,
  );
}

function judgeRights(name: string, uid: string | undefined, systemd: boolean): CheckResult {
  const { ok, problem } = resultsOf("rights", name);
  if (uid !== "0") {
    return problem(
      "the user that logs in is not root, and files of daemons are written",
      "log in as root with a key, or set homelab:cluster.ssh.user to root",
    );
  }
  if (!systemd) return problem("systemd does not run there", "start the guest with its own init");
  return ok("root, with systemd");
}

function judgeInterfaces(
  { name, address, interfaces }: ExpectedHost,
  found: readonly string[],
): CheckResult[] {
  const seen = found.map((line) => {
    const [on = "", cidr = ""] = line.split(" ");
    return { on, address: addressOf(cidr) };
  });
  const own = seen.filter((one) => !isLinkLocal(one.address));
  return interfaces.map((wanted) => {
    const { ok, problem } = resultsOf("interface", name);
    const on = own.filter((one) => one.on === wanted).map((one) => one.address);
    if (on.includes(address)) return ok(`${wanted} has ${address}`);
    const has = seen.find((one) => one.address === address);
    const names = [...new Set(own.map((one) => foreign(one.on)))].filter((one) => one !== "lo");
    if (has) {
      return problem(
        `${address} is on ${foreign(has.on)}, and the stack file says ${wanted}`,
        `set interface: ${foreign(has.on)} for the pair of ${name}`,
      );
    }
    return problem(
      on.length > 0
        ? `${wanted} has ${listed(on.map((one) => foreign(one)))}, not ${address}`
        : `there is no ${wanted} with an address, only ${listed(names) || "none"}`,
      "correct the interface or the address in the stack file, or on the host",
    );
  });
}

/** Archives for which a checksum can be stated, by what `uname -m` says. */
const ARCHIVES: Record<string, { name: string; key: "sha256" | "sha256Arm64" }> = {
  x86_64: { name: "amd64", key: "sha256" },
  aarch64: { name: "arm64", key: "sha256Arm64" },
};

function judgeTraefik(
  { name, traefik }: ExpectedHost,
  found: string | undefined,
  arch: string,
): CheckResult[] {
  if (!traefik) return [];
  const { ok, problem } = resultsOf("traefik", name);
  const { version, place } = traefik;
  const there = found === undefined ? "no Traefik" : `Traefik ${foreign(found)}`;
  const installed = `${version} is installed`;
  const archive = ARCHIVES[arch];
  const sums = Object.values(ARCHIVES).flatMap(({ key }) => traefik[key] ?? []);
  if (found === version && sums.length === 0) return [ok(installed)];
  if (!archive) {
    return found === version
      ? [
          problem(
            `the host is ${foreign(arch)}, and a checksum is of an archive for linux/amd64 or linux/arm64`,
            `take ${place}.sha256 and sha256Arm64 out`,
          ),
        ]
      : [
          problem(
            `found ${there}, expected ${version}, and the host is ${foreign(arch)}, for which no checksum can be stated`,
            `install Traefik ${version} for ${foreign(arch)} as /usr/local/bin/traefik, and state no checksum`,
          ),
        ];
  }
  const sum = traefik[archive.key];
  if (sum !== undefined) {
    return [ok(found === version ? installed : `\`up\` installs ${version} (${there} now)`)];
  }
  const release = `traefik_v${version}_linux_${archive.name}.tar.gz (https://github.com/traefik/traefik/releases/tag/v${version})`;
  // With one checksum for amd64 alone `up` asks for no processor.
  const wrong = archive.key === "sha256Arm64" && traefik.sha256 !== undefined;
  if (wrong) {
    return [
      problem(
        `the host is ${foreign(arch)}, and the checksum is of the archive for linux/amd64`,
        `set ${place}.sha256Arm64 to the SHA-256 of ${release}`,
      ),
    ];
  }
  if (found === version) return [ok(installed)];
  return [
    problem(
      `found ${there}, expected ${version}; without a checksum \`up\` installs none, and ends there`,
      `set ${place}.${archive.key} to the SHA-256 of ${release}, or install ${version} as /usr/local/bin/traefik`,
    ),
  ];
}
