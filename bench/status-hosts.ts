import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:net";
import ssh2 from "ssh2";
import { checkStack } from "../cli/run/check";
import { serveProxmoxApi } from "../sim/proxmox/api-server/server";
import { siteFromStack } from "../sim/proxmox/api-server/site";
import { worldFromStack } from "../sim/seed";

// The hosts of a measurement of `homelab status`, in a process of their own: one SSH server for all
// addresses, and the API of their cluster. Addresses and nodes that are named as silent accept a
// connection and say nothing, as a host does whose disk hangs.

/** What the process is told. */
export interface HostsPlan {
  /** Stack file of the cluster. */
  file: string;
  port: number;
  /** Host key of every address, and the key that is let in, as PEM. */
  hostKey: string;
  silentAddresses: string[];
  silentNodes: string[];
}

/** What it answers once everything listens. */
export interface HostsReady {
  endpoint: string;
  token: string;
  fingerprint: string;
}

/** What every member says of itself. */
const STANDING = "state BACKUP\naside 0\n";

function serveSsh({ port, hostKey, silentAddresses }: HostsPlan): void {
  const silent = new Set(silentAddresses);
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (context) => context.accept());
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec) => {
        const channel = acceptExec();
        channel.write(`${STANDING}now ${Math.round(Date.now() / 1000)}\n`);
        channel.exit(0);
        channel.end();
      });
    });
  });
  createServer((socket) => {
    socket.on("error", () => {});
    if (!silent.has(socket.localAddress ?? "")) ssh.injectSocket(socket);
  }).listen(port, "0.0.0.0");
}

async function serveApi({ file, silentNodes }: HostsPlan): Promise<HostsReady> {
  const { config } = checkStack({ file });
  if (!config) throw new Error(`${file} has mistakes`);
  const world = worldFromStack(config);
  const nodes = new RegExp(`^/nodes/(${silentNodes.join("|") || "-"})/`);
  const { endpoint, token, certificate } = await serveProxmoxApi({
    state: () => world.proxmox,
    site: siteFromStack(config),
    faults: [{ path: nodes, delayMs: 3_600_000 }],
  });
  return { endpoint, token, fingerprint: certificate.fingerprint };
}

/** A key pair for hosts and client, as ssh2 reads it. */
export function freshKey(): { pem: string; publicKey: string } {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return { pem: privateKey, publicKey: `ssh-rsa ${parsed.getPublicSSH().toString("base64")}` };
}

process.on("message", (plan: HostsPlan) => {
  serveSsh(plan);
  void serveApi(plan).then((ready) => process.send?.(ready));
});
process.on("disconnect", () => process.exit(0));
