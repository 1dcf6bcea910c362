import type { Call } from "../../../sim/faults";

/** What a provider says when a call fails. */
interface Errors {
  /** When nothing was carried out. */
  before: readonly [string, ...string[]];
  /** When the platform may have carried it out, and only the answer was lost. */
  after: readonly string[];
}

const reset = "read tcp 192.168.1.5:51034->192.168.1.11:8006: read: connection reset by peer";
const late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/** bpg, api/client.go: what is not an answer, and answers by their code; pveproxy's own codes are 595 and above. */
const proxmox: Errors = {
  before: [
    "received an HTTP 500 response - Reason: cfs-lock 'domain-ha' error: got lock request timeout",
    "received an HTTP 595 response - Reason: No route to host",
    "received an HTTP 595 response - Reason: Connection refused",
    "received an HTTP 596 response - Reason: Connection timed out",
    `failed to perform HTTP request - Reason: ${reset}`,
  ],
  after: [
    "received an HTTP 596 response - Reason: Broken pipe",
    `failed to perform HTTP request - Reason: ${reset}`,
    `failed to perform HTTP request - Reason: ${late}`,
  ],
};

const containers: Errors = {
  before: [
    ...proxmox.before,
    `task "UPID:pve2:00031C5A:0012:vzcreate:140:root@pam!pulumi:" failed to complete with exit code: command 'zfs create' failed: exit code 1`,
    "received an HTTP 500 response - Reason: can't lock file '/run/lock/lxc/pve-config-140.lock' - got timeout",
  ],
  after: [
    ...proxmox.after,
    `timeout while waiting for task "UPID:pve2:00031C5A:0012:vzcreate:140:root@pam!pulumi:" to complete`,
  ],
};

const cloudflare: Errors = {
  before: [
    '500 Internal Server Error {"success":false,"errors":[{"code":1001,"message":"Internal server error"}]}',
    '429 Too Many Requests {"success":false,"errors":[{"code":10000,"message":"rate limited"}]}',
  ],
  after: ["read tcp: connection reset by peer", late],
};

const kubernetes: Errors = {
  before: [
    "Internal error occurred: failed calling webhook: context deadline exceeded",
    "etcdserver: leader changed",
  ],
  after: ["etcdserver: request timed out", "read: connection reset by peer"],
};

const command: Errors = {
  before: [
    "after 10 failed attempts: dial tcp 192.168.1.21:22: connect: connection refused",
    "after 10 failed attempts: dial tcp 192.168.1.21:22: i/o timeout",
    "ssh: handshake failed: read: connection reset by peer",
  ],
  after: ["wait: remote command exited without exit status or exit signal"],
};

/** What can go wrong at a call; what only asks leaves nothing behind. */
export function errorsOf({ method, type }: Call): Errors {
  const errors = type.includes("ContainerLegacy") ? containers : byProvider(type);
  return ["create", "update", "delete"].includes(method) ? errors : { ...errors, after: [] };
}

function byProvider(type: string): Errors {
  if (type.startsWith("command:")) return command;
  if (type.startsWith("kubernetes:")) return kubernetes;
  return type.startsWith("cloudflare:") ? cloudflare : proxmox;
}
