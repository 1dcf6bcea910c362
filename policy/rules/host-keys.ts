import { UNKNOWN } from "../reading/plain";
import { field, list, placeOf, text } from "../reading/resource";
import { carriers, localCommand, vrrpComponents } from "../reading/types";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const name = "host-key-not-pinned";
const fix =
  "set `hostKey` to the line that `ssh-keyscan -t ed25519 HOST` prints, compared on the host's console; for a guest that this stack creates, let cloud-init bring a host key of yours, or read it on its node: `pct exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub`, for a machine `qm guest exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub`";

/** Without a host key the SSH client takes whoever answers for the host. */
export const hostKeyNotPinned: Rule = {
  name,
  description: "Every SSH connection names the public key of the host it expects.",
  severity: "mandatory",
  docs: docsPage(name),
  types: [...carriers, ...vrrpComponents, localCommand],
  resource: (resource) => [
    ...unpinned(resource),
    ...unpinnedMembers(resource),
    ...careless(resource),
  ],
};

function found(where: string, message: string, how = fix): Located {
  return { where, finding: { rule: name, path: [], message, fix: how, severity: "error" } };
}

function unpinned(resource: ObservedResource): Located[] {
  const connection = field(resource.props, "connection");
  if (connection === undefined || connection === UNKNOWN) return [];
  return [connection, field(connection, "proxy")].flatMap((hop) => {
    if (hop === undefined || hop === UNKNOWN || !isMissing(field(hop, "hostKey"))) return [];
    const host = text(hop, "host");
    const where = host === undefined ? `${placeOf(resource)} connection` : `connections to ${host}`;
    const message = "there is no hostKey, so any host that answers gets the key and the files";
    // Every command on that host has the same connection; one message is enough to mend them.
    return [{ ...found(where, message), once: true }];
  });
}

function unpinnedMembers(resource: ObservedResource): Located[] {
  return list(resource.props, "members").flatMap((member, index) =>
    isMissing(field(member, "hostKey"))
      ? [
          found(
            `${placeOf(resource)} members[${index}].hostKey`,
            `member ${text(member, "name") ?? index} has no host key, so whoever answers at ${text(member, "address") ?? "its address"} is trusted`,
          ),
        ]
      : [],
  );
}

function isMissing(hostKey: unknown): boolean {
  return hostKey === undefined || hostKey === null || hostKey === "";
}

const switchedOff =
  /(StrictHostKeyChecking[= ]["']?(?:no|off|accept-new)\b|UserKnownHostsFile[= ]["']?\/dev\/null|ANSIBLE_HOST_KEY_CHECKING[= ]["']?(?:false|no|0)\b)/i;

/** Scripts and files that tell another SSH client not to look. */
function careless(resource: ObservedResource): Located[] {
  return ["create", "update", "delete", "stdin", "source"].flatMap((key) => {
    const option = switchedOff.exec(text(resource.props, key) ?? "")?.[1];
    if (option === undefined) return [];
    return [
      found(
        `${placeOf(resource)} ${key}`,
        `${option} switches the check of the host key off`,
        "remove it and put the host's public key into a known_hosts file that the command names",
      ),
    ];
  });
}
