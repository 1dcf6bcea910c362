import { UNKNOWN } from "../reading/plain";
import { entries, field, list, placeOf, text } from "../reading/resource";
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
    if (hop === undefined || hop === UNKNOWN) return [];
    const key = field(hop, "hostKey");
    if (!isMissing(key) && !isGarbage(key)) return [];
    const host = text(hop, "host");
    // One private address behind two jump hosts is two hosts.
    const via = hop === connection ? text(connection, "proxy", "host") : undefined;
    const way = via === undefined ? "" : ` through ${via}`;
    const where =
      host === undefined ? `${placeOf(resource)} connection` : `connections to ${host}${way}`;
    const message = isMissing(key)
      ? "there is no hostKey, so any host that answers gets the key and the files"
      : "the hostKey is no public key, so no host is the one that is expected";
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

/** A key is told as `ssh-keyscan` prints it, with or without the host in front. */
function isGarbage(hostKey: unknown): boolean {
  return (
    typeof hostKey === "string" && !/(^|\s)(ssh-|ecdsa-|sk-)\S+\s+AAAA[A-Za-z0-9+/]+/.test(hostKey)
  );
}

const believed = /\bssh-keyscan\b[^\n]*(?:>>?|\btee\b)\s*(?:-a\s+)?\S*known_hosts/;
const switchedOff =
  /(StrictHostKeyChecking[= ]["']?(?:no|off|accept-new)\b|UserKnownHostsFile[= ]["']?\/dev\/null|ANSIBLE_HOST_KEY_CHECKING[= ]["']?(?:false|no|0)\b)/i;

/** Scripts and files that tell another SSH client not to look. */
function careless(resource: ObservedResource): Located[] {
  const variables = entries(resource.props, "environment").map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  const texts: [string, string][] = [
    ...["create", "update", "delete", "stdin", "source"].map((key): [string, string] => [
      key,
      text(resource.props, key) ?? "",
    ]),
    ["environment", variables.join("\n")],
  ];
  return texts.flatMap(([key, content]) => {
    if (believed.test(content)) {
      return [
        found(
          `${placeOf(resource)} ${key}`,
          "ssh-keyscan writes the key of whoever answers into known_hosts",
          "write the host's public key there, compared on the host's console",
        ),
      ];
    }
    const option = switchedOff.exec(content)?.[1];
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
