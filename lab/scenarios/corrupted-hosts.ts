import { holdWriter, startServices } from "../machine/faults";
import { bootHost, inHost, killHost, type LabHost } from "../machine/host";
import { must } from "../machine/shell";
import { alive } from "../machine/state";
import { DYNAMIC_DIRECTORY, PAIR } from "../pair/pair";
import { added, corrupted } from "./corrupted";
import { roles, type Stage, watchHost } from "./stage";
import { deploymentOf } from "./update";

/** The routes of a host, by the name of the resource that writes them. */
const routesOf = (host: LabHost) => new RegExp(`\\(${PAIR}-${host.name}-traefik-routes\\)`);

/** Its sshd does not run. */
export const sshRefused = corrupted({
  name: "ssh",
  title: "Corrupted: SSH refused by a host",
  spoil: async (stage) => {
    await inHost(roles(stage).other, "systemctl stop ssh");
  },
  says: (stage) => {
    const { other } = roles(stage);
    return [
      routesOf(other),
      new RegExp(`dial tcp ${other.address}:22: connect: connection refused`),
    ];
  },
  mend: async (stage) => {
    await inHost(roles(stage).other, "systemctl start ssh");
  },
});

/** It shows another key than the one that the stack knows; the new one is then taken into the stack. */
export const hostKeyChanged = corrupted({
  name: "host-key",
  title: "Corrupted: host key changed",
  spoil: async (stage) => {
    const key = "/etc/ssh/ssh_host_ed25519_key";
    const script = `rm -f ${key} && ssh-keygen -q -t ed25519 -N '' -f ${key} && systemctl restart ssh`;
    await inHost(roles(stage).other, script);
  },
  says: (stage) => [routesOf(roles(stage).other), /ssh: host key mismatch/],
  mend: async (stage) => {
    const { other } = roles(stage);
    const { stdout } = await inHost(other, "cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub");
    other.hostKey = stdout.trim();
  },
});

const ROUTES = `${DYNAMIC_DIRECTORY}/routes.yml`;

/** Bytes of a text that takes long enough to be cut off. */
const LONG = 2_000_000;
const PADDING = `# ${"x".repeat(98)}\n`.repeat(LONG / 101);

/** A member dies while its files are being written. */
export const memberDown = corrupted({
  name: "member",
  title: "Corrupted: a member dies during up",
  wanted: { transform: { traefikRoutes: added(PADDING) } },
  attempt: async (stage, up) => {
    const { other } = roles(stage);
    const held = holdWriter(other, ROUTES);
    const [text] = await Promise.all([up(), held.then(() => loseHost(other))]);
    return text;
  },
  says: (stage) => {
    const { other } = roles(stage);
    return [routesOf(other), new RegExp(`file ${DYNAMIC_DIRECTORY}/routes.yml on ${other.name}`)];
  },
  mend: async (stage) => {
    const { preferred, other } = roles(stage);
    if (other.leader && alive(other.leader)) return;
    await bootHost(other);
    watchHost(stage, other);
    await startServices(stage.served.units, preferred, other);
  },
  restarts: true,
});

async function loseHost(host: LabHost): Promise<void> {
  // Waited for: a dying kernel would close the connection, which a host without power does not.
  await must("ip", ["link", "set", host.link, "nomaster"]);
  await killHost(host);
}

/** Engine and connection are killed in the middle of a file of the master, which gets half of it. */
export const killedMidCopy = corrupted({
  name: "kill",
  title: "Corrupted: engine and SSH killed in mid-copy",
  attempt: killInMidCopy,
  says: (stage) => [
    new RegExp(
      `^${roles(stage).preferred.name}: ${DYNAMIC_DIRECTORY}/[.]routes[.]yml\\S+ has \\d+ bytes`,
      "m",
    ),
    /removed the lock of process \d+, which is gone/,
    new RegExp(`"${PAIR}-${roles(stage).preferred.name}-traefik-routes" may have run`),
  ],
});

async function killInMidCopy(stage: Stage): Promise<string> {
  const { preferred } = roles(stage);
  const deployment = deploymentOf(stage);
  const live = `sha256sum ${ROUTES}`;
  const before = await inHost(preferred, live);
  const held = holdWriter(preferred, ROUTES);
  const transform = { traefikRoutes: added(PADDING) };
  await deployment.upKilled(() => ({ routes: { cut: "cut.lab.test" }, transform }), held);
  const { bytes, path, kill } = await held;
  await kill();
  const left = await inHost(preferred, `stat -c %s ${path}`);
  const after = await inHost(preferred, live);
  const half = bytes < LONG && Number(left.stdout) === bytes;
  const same = before.stdout === after.stdout;
  return [
    "pulumi up was killed:",
    `${preferred.name}: ${path} has ${half && same ? bytes : `${left.stdout.trim()}, not half, bytes, or the live file changed`} bytes`,
    ...(await deployment.recover()),
  ].join("\n");
}
