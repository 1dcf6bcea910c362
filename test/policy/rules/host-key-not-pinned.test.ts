import { expect, test } from "vitest";
import { hostKeyNotPinned } from "../../../policy/rules/host-keys";
import { pageTest } from "../page-test";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { command, hostKey, pair, resource } from "../resources";

const bare = { host: "192.168.1.110", user: "root", privateKey: "sesame" };

pageTest("host-key-not-pinned", [
  command("traefik-conf", "192.168.1.110", "", { connection: { host: "192.168.1.110" } }),
]);

test("a connection with a host key passes, over a jump host as well", async () => {
  const proxied = command("a", "192.168.1.110", "", {
    connection: { ...bare, hostKey, proxy: { host: "192.168.1.2", hostKey } },
  });

  expect(await reported(hostKeyNotPinned, [proxied, pair()])).toEqual([]);
});

test("rejects a connection without a host key, in every remote resource", async () => {
  const types = ["Command", "CopyToRemote", "CopyFile"].map((type) =>
    resource(`command:remote:${type}`, "conf", { connection: bare }),
  );

  expect(await reported(hostKeyNotPinned, types)).toMatchInlineSnapshot(`
    [
      "[mandatory] host-key-not-pinned: connections to 192.168.1.110: there is no hostKey, so any host that answers gets the key and the files; set \`hostKey\` to the line that \`ssh-keyscan -t ed25519 HOST\` prints, compared on the host's console; for a guest that this stack creates, let cloud-init bring a host key of yours, or read it on its node: \`pct exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub\`, for a machine \`qm guest exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/host-key-not-pinned.md)",
    ]
  `);
});

test("rejects a jump host without a host key", async () => {
  const proxied = command("a", "192.168.1.110", "", {
    connection: { ...bare, hostKey, proxy: { host: "192.168.1.2" } },
  });

  expect(await reported(hostKeyNotPinned, [proxied])).toMatchInlineSnapshot(`
    [
      "[mandatory] host-key-not-pinned: connections to 192.168.1.2: there is no hostKey, so any host that answers gets the key and the files; set \`hostKey\` to the line that \`ssh-keyscan -t ed25519 HOST\` prints, compared on the host's console; for a guest that this stack creates, let cloud-init bring a host key of yours, or read it on its node: \`pct exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub\`, for a machine \`qm guest exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/host-key-not-pinned.md)",
    ]
  `);
});

test("rejects scripts and files that switch the check off", async () => {
  const lsyncd = command("lsyncd", "192.168.1.110", 'rsh = "ssh -o StrictHostKeyChecking=no"');
  const local = resource("command:local:Command", "deploy", {
    create: "scp -o UserKnownHostsFile=/dev/null a b:",
  });

  expect(await reported(hostKeyNotPinned, [lsyncd, local])).toMatchInlineSnapshot(`
    [
      "[mandatory] host-key-not-pinned: Command "lsyncd" stdin: StrictHostKeyChecking=no switches the check of the host key off; remove it and put the host's public key into a known_hosts file that the command names (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/host-key-not-pinned.md)",
      "[mandatory] host-key-not-pinned: Command "deploy" create: UserKnownHostsFile=/dev/null switches the check of the host key off; remove it and put the host's public key into a known_hosts file that the command names (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/host-key-not-pinned.md)",
    ]
  `);
});

test("rejects a component's member without a host key", async () => {
  const members = [{ name: "traefik", address: "192.168.1.110", node: "proxmox2", priority: 200 }];

  expect(await reported(hostKeyNotPinned, [pair({ members })])).toMatchInlineSnapshot(`
    [
      "[mandatory] host-key-not-pinned: TraefikHaPair "traefik" members[0].hostKey: member traefik has no host key, so whoever answers at 192.168.1.110 is trusted; set \`hostKey\` to the line that \`ssh-keyscan -t ed25519 HOST\` prints, compared on the host's console; for a guest that this stack creates, let cloud-init bring a host key of yours, or read it on its node: \`pct exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub\`, for a machine \`qm guest exec VMID -- cat /etc/ssh/ssh_host_ed25519_key.pub\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/host-key-not-pinned.md)",
    ]
  `);
});

test("a host key or a connection that is not known yet is no missing one", async () => {
  const later = [
    command("key", "192.168.1.110", "", { connection: { ...bare, hostKey: unknown.text } }),
    command("all", "192.168.1.110", "", { connection: unknown.text }),
  ].map((each) => ({ ...each, props: proxied(each.props) }));

  expect(await reported(hostKeyNotPinned, later)).toEqual([]);
});

test.each([
  [
    "a variable of the environment",
    resource("command:local:Command", "ansible", {
      create: "ansible-playbook site.yml",
      environment: { ANSIBLE_HOST_KEY_CHECKING: "False" },
    }),
    'Command "ansible" environment: ANSIBLE_HOST_KEY_CHECKING=False',
  ],
  [
    "whoever answers ssh-keyscan",
    resource("command:local:Command", "scan", {
      create: "ssh-keyscan -H 192.168.1.5 >> ~/.ssh/known_hosts",
    }),
    'Command "scan" create: ssh-keyscan writes the key',
  ],
  [
    "a key that is none",
    command("a", "192.168.1.5", "", { connection: { ...bare, hostKey: "garbage" } }),
    "connections to 192.168.1.110: the hostKey is no public key",
  ],
])("rejects %s", async (_, one, message) => {
  expect(await reported(hostKeyNotPinned, [one])).toEqual([expect.stringContaining(message)]);
});

test("ssh-keyscan for somebody to compare, and a key with its host in front, pass", async () => {
  const scan = resource("command:local:Command", "scan", { create: "ssh-keyscan 192.168.1.5" });
  const full = command("a", "192.168.1.5", "", {
    connection: { ...bare, hostKey: `192.168.1.110 ${hostKey}` },
  });

  expect(await reported(hostKeyNotPinned, [scan, full])).toEqual([]);
});
