import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import {
  TraefikHaPair,
  type TraefikHaPairArgs,
  type TraefikHaPairOptions,
} from "../../components/traefik-ha-pair";
import { withoutResolvers } from "../../components/traefik-ha-pair/files";
import { pick, type Registration, record, refusal, resolvedValue } from "./recorder";
import { listed, pair, waits } from "./vrrp-data";

const build = (args: TraefikHaPairArgs = pair, opts: TraefikHaPairOptions = {}) =>
  record(() => new TraefikHaPair("traefik", args, opts));
const refused = (change: Partial<TraefikHaPairArgs>) =>
  refusal(() => new TraefikHaPair("traefik", { ...pair, ...change }));
const [first, second] = pair.members as [
  TraefikHaPairArgs["members"][number],
  TraefikHaPairArgs["members"][number],
];
const command = "command:remote:Command";

test("registers everything of the second member, then everything of the first", async () => {
  const { resources } = await build();
  expect(listed(resources)).toMatchInlineSnapshot(`
    "homelab:components:TraefikHaPair traefik < 
    command:remote:Command traefik-traefik-peers < traefik
    command:remote:Command traefik-traefik-2-peers < traefik
    command:remote:Command traefik-traefik-2-packages < traefik
    command:remote:Command traefik-traefik-2-traefik-binary < traefik
    command:remote:Command traefik-traefik-2-check < traefik
    command:remote:Command traefik-traefik-2-notify < traefik
    command:remote:Command traefik-traefik-2-logrotate < traefik
    command:remote:Command traefik-traefik-2-keepalived-drop-in < traefik
    command:remote:Command traefik-traefik-2-traefik-try < traefik
    command:remote:Command traefik-traefik-2-keepalived-conf < traefik
    command:remote:Command traefik-traefik-2-traefik-routes < traefik
    command:remote:Command traefik-traefik-2-traefik-unit < traefik
    command:remote:Command traefik-traefik-2-traefik-static < traefik
    command:remote:Command traefik-traefik-2-config-watcher < traefik
    command:remote:Command traefik-traefik-2-config-watcher-unit < traefik
    command:remote:Command traefik-traefik-2-config-sum-service < traefik
    command:remote:Command traefik-traefik-2-config-sum-socket < traefik
    command:remote:Command traefik-traefik-2-health < traefik
    command:remote:Command traefik-traefik-packages < traefik
    command:remote:Command traefik-traefik-traefik-binary < traefik
    command:remote:Command traefik-traefik-check < traefik
    command:remote:Command traefik-traefik-notify < traefik
    command:remote:Command traefik-traefik-logrotate < traefik
    command:remote:Command traefik-traefik-keepalived-drop-in < traefik
    command:remote:Command traefik-traefik-traefik-try < traefik
    command:remote:Command traefik-traefik-keepalived-conf < traefik
    command:remote:Command traefik-traefik-traefik-routes < traefik
    command:remote:Command traefik-traefik-traefik-unit < traefik
    command:remote:Command traefik-traefik-traefik-static < traefik
    command:remote:Command traefik-traefik-config-watcher < traefik
    command:remote:Command traefik-traefik-config-watcher-unit < traefik
    command:remote:Command traefik-traefik-config-sum-service < traefik
    command:remote:Command traefik-traefik-config-sum-socket < traefik
    command:remote:Command traefik-traefik-health < traefik"
  `);
});

test("the component carries the checked plain facts and no connection", async () => {
  const { resources } = await build({ ...pair, ssh: { ...pair.ssh, privateKey: "PRIVATE" } });
  const { inputs } = pick(resources, "TraefikHaPair", "traefik");
  expect(inputs).toMatchInlineSnapshot(`
    {
      "advertIntervalSec": 1,
      "check": {
        "fall": 2,
        "intervalSec": 2,
        "rise": 2,
        "timeoutSec": 2,
        "weight": -120,
      },
      "drainPort": 8082,
      "drainSec": 0,
      "interface": "eth0",
      "members": [
        {
          "address": "192.168.1.110",
          "debian": 12,
          "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA",
          "name": "traefik",
          "node": "proxmox2",
          "priority": 200,
        },
        {
          "address": "192.168.1.103",
          "debian": 12,
          "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA",
          "name": "traefik-2",
          "node": "proxmox3",
          "priority": 100,
        },
      ],
      "preempt": true,
      "preemptDelaySec": 0,
      "profile": "compatible",
      "routes": {
        "grafana": {
          "entryPoint": "websecure",
          "host": "grafana.internal.example.org",
          "servers": [
            "http://192.168.1.140:3000",
          ],
        },
      },
      "traefik": {
        "driftPort": 8081,
        "dynamicDirectory": "/etc/traefik/dynamic",
        "pingPort": 8080,
        "sha256": "0000000000000000000000000000000000000000000000000000000000000000",
        "version": "3.5.0",
      },
      "version": 3,
      "vip": "192.168.1.101/24",
      "virtualRouterId": 51,
    }
  `);
});

test("each step waits for what it needs, and the first member for the second's health", async () => {
  const { resources } = await build();
  expect(waits(resources)).toMatchInlineSnapshot(`
    "traefik-traefik-peers: 
    traefik-traefik-2-peers: 
    traefik-traefik-2-packages: traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-traefik-binary: traefik-traefik-2-packages, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-check: traefik-traefik-2-packages, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-notify: traefik-traefik-2-packages, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-logrotate: traefik-traefik-2-packages, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-keepalived-drop-in: traefik-traefik-2-packages, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-traefik-try: traefik-traefik-2-peers, traefik-traefik-2-traefik-binary, traefik-traefik-peers
    traefik-traefik-2-keepalived-conf: traefik-traefik-2-check, traefik-traefik-2-notify, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-traefik-routes: traefik-traefik-2-peers, traefik-traefik-2-traefik-binary, traefik-traefik-2-traefik-try, traefik-traefik-peers
    traefik-traefik-2-traefik-unit: traefik-traefik-2-peers, traefik-traefik-2-traefik-binary, traefik-traefik-2-traefik-try, traefik-traefik-peers
    traefik-traefik-2-traefik-static: traefik-traefik-2-peers, traefik-traefik-2-traefik-binary, traefik-traefik-2-traefik-try, traefik-traefik-peers
    traefik-traefik-2-config-watcher: traefik-traefik-2-peers, traefik-traefik-2-traefik-routes, traefik-traefik-peers
    traefik-traefik-2-config-watcher-unit: traefik-traefik-2-config-watcher, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-config-sum-service: traefik-traefik-2-config-watcher, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-config-sum-socket: traefik-traefik-2-config-sum-service, traefik-traefik-2-peers, traefik-traefik-peers
    traefik-traefik-2-health: traefik-traefik-2-check, traefik-traefik-2-config-sum-service, traefik-traefik-2-config-sum-socket, traefik-traefik-2-config-watcher, traefik-traefik-2-config-watcher-unit, traefik-traefik-2-keepalived-conf, traefik-traefik-2-keepalived-drop-in, traefik-traefik-2-logrotate, traefik-traefik-2-notify, traefik-traefik-2-peers, traefik-traefik-2-traefik-binary, traefik-traefik-2-traefik-routes, traefik-traefik-2-traefik-static, traefik-traefik-2-traefik-unit, traefik-traefik-peers
    traefik-traefik-packages: traefik-traefik-2-health
    traefik-traefik-traefik-binary: traefik-traefik-2-health, traefik-traefik-packages
    traefik-traefik-check: traefik-traefik-2-health, traefik-traefik-packages
    traefik-traefik-notify: traefik-traefik-2-health, traefik-traefik-packages
    traefik-traefik-logrotate: traefik-traefik-2-health, traefik-traefik-packages
    traefik-traefik-keepalived-drop-in: traefik-traefik-2-health, traefik-traefik-packages
    traefik-traefik-traefik-try: traefik-traefik-2-health, traefik-traefik-traefik-binary
    traefik-traefik-keepalived-conf: traefik-traefik-2-health, traefik-traefik-check, traefik-traefik-notify
    traefik-traefik-traefik-routes: traefik-traefik-2-health, traefik-traefik-traefik-binary, traefik-traefik-traefik-try
    traefik-traefik-traefik-unit: traefik-traefik-2-health, traefik-traefik-traefik-binary, traefik-traefik-traefik-try
    traefik-traefik-traefik-static: traefik-traefik-2-health, traefik-traefik-traefik-binary, traefik-traefik-traefik-try
    traefik-traefik-config-watcher: traefik-traefik-2-health, traefik-traefik-traefik-routes
    traefik-traefik-config-watcher-unit: traefik-traefik-2-health, traefik-traefik-config-watcher
    traefik-traefik-config-sum-service: traefik-traefik-2-health, traefik-traefik-config-watcher
    traefik-traefik-config-sum-socket: traefik-traefik-2-health, traefik-traefik-config-sum-service
    traefik-traefik-health: traefik-traefik-2-health, traefik-traefik-check, traefik-traefik-config-sum-service, traefik-traefik-config-sum-socket, traefik-traefik-config-watcher, traefik-traefik-config-watcher-unit, traefik-traefik-keepalived-conf, traefik-traefik-keepalived-drop-in, traefik-traefik-logrotate, traefik-traefik-notify, traefik-traefik-traefik-binary, traefik-traefik-traefik-routes, traefik-traefik-traefik-static, traefik-traefik-traefik-unit"
  `);
});

test("keepalived.conf is tested by keepalived before it is used, and tells the members apart", async () => {
  const { resources } = await build();
  const conf = (member: string) =>
    pick(resources, command, `traefik-${member}-keepalived-conf`).inputs;
  expect(conf("traefik").create).toContain('keepalived -t -f "$NEW"');
  expect(conf("traefik").create).toContain("systemctl try-reload-or-restart keepalived");
  expect(conf("traefik").stdin).toContain("unicast_src_ip 192.168.1.110");
  expect(conf("traefik").stdin).toContain("priority 200");
  expect(conf("traefik").stdin).toContain("weight -120");
  expect(conf("traefik-2").stdin).toContain("priority 100");
  expect(conf("traefik-2").stdin).toContain("unicast_peer {\n    192.168.1.110\n  }");
});

test("a planned stop serves on for longer than the address needs to move", async () => {
  const { resources } = await build();
  const text = pick(resources, command, "traefik-traefik-traefik-static").inputs.stdin;
  // Detection 2 * 2 + 2 s, takeover 3 adverts of 1 s and a skew of 156/256 s: 9.61 s.
  const { transport } = parse(String(text)).entryPoints.websecure;
  expect(transport.lifeCycle.requestAcceptGraceTimeout).toBe("10s");
});

/** What of two runs differs: `resource.property` for each input that is not the same. */
function differences(before: readonly Registration[], after: readonly Registration[]): string[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [old, now] = [before, after].map((all) => all.find((one) => one.name === name));
    if (!old || !now) return [name];
    const keys = new Set([...Object.keys(old.inputs), ...Object.keys(now.inputs)]);
    return [...keys]
      .filter((key) => JSON.stringify(old.inputs[key]) !== JSON.stringify(now.inputs[key]))
      .map((key) => `${name}.${key}`)
      .sort();
  });
}

test("a changed route touches the file of the routes on each member and restarts nothing", async () => {
  const args = { ...pair, replication: {}, profile: "fast", check: {} } as const;
  const before = await build(args);
  const grafana = { host: "grafana.internal.example.org", servers: ["http://192.168.1.141:3000"] };
  const after = await build({ ...args, routes: { grafana } });
  expect(differences(before.resources, after.resources)).toEqual([
    "traefik.routes",
    "traefik-traefik-2-traefik-routes.create",
    "traefik-traefik-2-traefik-routes.stdin",
    "traefik-traefik-2-traefik-routes.update",
    "traefik-traefik-traefik-routes.create",
    "traefik-traefik-traefik-routes.stdin",
    "traefik-traefik-traefik-routes.update",
  ]);
  const { create } = pick(after.resources, command, "traefik-traefik-traefik-routes").inputs;
  expect(create).not.toMatch(/systemctl|restart-needed/);
  expect(create).toContain('traefik-try-config.sh dynamic routes.yml "$NEW"');
});

test("the same arguments twice make the same resources", async () => {
  const args = { ...pair, replication: {} };
  const [once, again] = [await build(args), await build(args)];
  expect(differences(once.resources, again.resources)).toEqual([]);
});

test("health runs again when a text changes that a daemon reads at a start or reload", async () => {
  const triggers = async (args: TraefikHaPairArgs) => {
    const { resources } = await build(args);
    const { inputs } = pick(resources, command, "traefik-traefik-2-health");
    return inputs.triggers as string[];
  };
  const before = await triggers(pair);
  const after = await triggers({ ...pair, check: { weight: -110 } });
  expect(before.filter((text, index) => text !== after[index])).toEqual([
    expect.stringMatching(/^keepalived\.conf: [0-9a-f]{64}$/),
  ]);
});

test("the host key is pinned and a private key stays secret", async () => {
  const { resources } = await build({ ...pair, ssh: { ...pair.ssh, privateKey: "PRIVATE" } });
  for (const { inputs, name } of resources.filter((resource) => resource.type === command)) {
    expect(inputs.connection, name).toMatchObject({
      secret: { hostKey: first.hostKey, user: "root", port: 22 },
    });
  }
});

test("replication adds a key of the first member that the others let in, and lsyncd after all else", async () => {
  const { resources } = await build({ ...pair, replication: {} });
  const added = resources.filter(({ name }) => name.includes("-lsyncd-"));
  expect(waits(added)).toMatchInlineSnapshot(`
    "traefik-traefik-lsyncd-packages: traefik-traefik-2-health, traefik-traefik-health
    traefik-traefik-2-lsyncd-packages: traefik-traefik-2-health, traefik-traefik-health
    traefik-traefik-lsyncd-key: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-lsyncd-known-hosts: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-lsyncd-rsync: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-lsyncd-conf: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-lsyncd-unit: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-lsyncd-full-sync-unit: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-lsyncd-full-sync-timer: traefik-traefik-2-health, traefik-traefik-health, traefik-traefik-lsyncd-packages
    traefik-traefik-2-lsyncd-door: traefik-traefik-2-health, traefik-traefik-2-lsyncd-packages, traefik-traefik-health
    traefik-traefik-2-lsyncd-authorized-key: traefik-traefik-2-health, traefik-traefik-2-lsyncd-door, traefik-traefik-2-lsyncd-packages, traefik-traefik-health, traefik-traefik-lsyncd-key
    traefik-traefik-lsyncd-start: traefik-traefik-2-health, traefik-traefik-2-lsyncd-authorized-key, traefik-traefik-health, traefik-traefik-lsyncd-conf, traefik-traefik-lsyncd-full-sync-timer, traefik-traefik-lsyncd-full-sync-unit, traefik-traefik-lsyncd-known-hosts, traefik-traefik-lsyncd-rsync, traefik-traefik-lsyncd-unit"
  `);
  const authorize = pick(resources, command, "traefik-traefik-2-lsyncd-authorized-key").inputs;
  expect(authorize.create).toContain('restrict,from=\\"192.168.1.110\\"');
  expect(pick(resources, command, "traefik-traefik-lsyncd-known-hosts").inputs.stdin).toBe(
    `192.168.1.103 ${second.hostKey}\n`,
  );
  expect(pick(resources, command, "traefik-traefik-lsyncd-conf").inputs.stdin).toContain(
    'target = "root@192.168.1.103::dynamic/"',
  );
});

test("three members roll out in the order of their priorities, whatever order they are written in", async () => {
  const third = {
    ...second,
    name: "traefik-3",
    address: "192.168.1.104",
    node: "n3",
    priority: 90,
  };
  const check = { weight: 0 };
  const { resources } = await build({ ...pair, check, members: [first, third, second] });
  const health = (member: string) =>
    pick(resources, command, `traefik-${member}-health`).dependsOn.filter((name) =>
      name.endsWith("-health"),
    );
  expect(health("traefik-3")).toEqual([]);
  expect(health("traefik-2")).toEqual(["traefik-traefik-3-health"]);
  expect(health("traefik")).toEqual(["traefik-traefik-2-health"]);
});

test("a transform changes one kind of child on every member and nothing else", async () => {
  const { resources } = await build(pair, {
    transform: {
      keepalivedConf: (args) => ({
        ...args,
        stdin: pulumi.interpolate`${args.stdin}# changed\n`,
      }),
    },
  });
  const changed = resources.filter(({ inputs }) => String(inputs.stdin).includes("# changed"));
  expect(changed.map(({ name }) => name)).toEqual([
    "traefik-traefik-2-keepalived-conf",
    "traefik-traefik-keepalived-conf",
  ]);
});

test("the address is the virtual one, without its prefix", async () => {
  const { result } = await build();
  expect(await resolvedValue(result.address)).toBe("192.168.1.101");
});

test("the firewall's needs name who talks to whom, and the virtual address in every ipfilter", async () => {
  const { result } = await build({ ...pair, replication: {} });
  const { rules, ipFilter } = await resolvedValue(result.firewall);
  const line = ({ from, to, protocol, port, why }: (typeof rules)[number]) =>
    `${from.join(" ")} > ${to.join(" ")} ${protocol} ${port ?? "-"}: ${why}`;
  expect(rules.map(line)).toMatchInlineSnapshot(`
    [
      "192.168.1.110 192.168.1.103 > 192.168.1.110 192.168.1.103 vrrp -: adverts, IP protocol 112, unicast",
      "any > 192.168.1.101 tcp 80: clients, entry point web",
      "any > 192.168.1.101 tcp 443: clients, entry point websecure",
      "192.168.1.110 192.168.1.103 > 192.168.1.110 192.168.1.103 tcp 8081: checksums of the dynamic configuration",
      "192.168.1.110 > 192.168.1.103 tcp 22: copies of hand-written files and certificates",
    ]
  `);
  expect(ipFilter).toEqual({
    traefik: ["192.168.1.110", "192.168.1.101"],
    "traefik-2": ["192.168.1.103", "192.168.1.101"],
  });
});

const certificates = { owner: "traefik", names: ["*.internal.example.org"] };

test("certificates are named in a file of every member, and copied from their owner", async () => {
  const { resources } = await build({ ...pair, certificates });
  const text = (role: string) => String(pick(resources, command, `traefik-${role}`).inputs.stdin);
  for (const member of ["traefik", "traefik-2"]) {
    expect(parse(text(`${member}-traefik-certificates`))).toEqual({
      tls: {
        certificates: [
          {
            certFile: "/etc/traefik/certificates/_.internal.example.org.crt",
            keyFile: "/etc/traefik/certificates/_.internal.example.org.key",
          },
        ],
      },
    });
    expect(text(`${member}-config-watcher`)).toContain("_.internal.example.org.crt");
  }
  const conf = text("traefik-lsyncd-conf");
  expect(conf.match(/source = .*/g)).toEqual(['source = "/etc/traefik/certificates/",']);
  const forced = text("traefik-2-lsyncd-door");
  expect(forced).toContain("[certificates]\n  path = /etc/traefik/certificates\n");
  expect(forced).toContain("incoming chmod = D700,F600");
  expect(forced).not.toContain("[dynamic]");
});

test.each(["-oProxyCommand=id", "root -o", "", "a/b"])("rejects the SSH user %j", async (user) => {
  expect(await refused({ ssh: { ...pair.ssh, user } })).toBe(
    `TraefikHaPair "traefik" has 1 problem:
  ssh.user: found ${JSON.stringify(user)}, expected a user name of at most 32 letters, digits and _ . - that starts with a letter or _; write e.g. root`,
  );
});

test.each([
  "/usr",
  "/etc/systemd/system",
  "/root/.ssh",
  "/etc/traefik/./dynamic",
  "/etc/traefik//dynamic",
])("rejects %s as a directory that root guards and copies", async (directory) => {
  expect(await refused({ certificates: { ...certificates, directory } })).toContain(
    `certificates.directory: found "${directory}", which `,
  );
  expect(await refused({ traefik: { ...pair.traefik, dynamicDirectory: directory } })).toContain(
    `traefik.dynamicDirectory: found "${directory}", which `,
  );
});

test("certificates from somewhere else are copied by nobody", async () => {
  const { resources } = await build({
    ...pair,
    certificates: { ...certificates, owner: "external" },
  });
  expect(resources.filter(({ name }) => name.includes("lsyncd"))).toEqual([]);
});

test("rejects certificate resolvers that a transform brings in, and nothing else of it", () => {
  const given = { connection: { host: "192.168.1.110" }, stdin: "log: {}\n" };
  const change = (stdin: string) => {
    const transform = withoutResolvers({ stdin });
    return typeof transform === "function" ? transform(given, {}, "static")?.stdin : undefined;
  };
  expect(change("log: { level: DEBUG }\n")).toBe("log: { level: DEBUG }\n");
  expect(() => change("certificatesResolvers:\n  le: {}\n")).toThrowErrorMatchingInlineSnapshot(
    `[Error: transform.traefikStatic: found certificatesResolvers, with which every member would ask for the same certificates; get them outside Traefik and name them in certificates]`,
  );
});

test("a warning of the model is shown and refuses nothing", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const { resources } = await build({ ...pair, check: { weight: -120, timeoutSec: 3 } });
  const messages = warn.mock.calls.map(([message]) => message);
  warn.mockRestore();
  expect(messages.join("\n")).toContain("a timeout of 3 s is longer than the interval of 2 s");
  expect(resources.length).toBeGreaterThan(1);
});

const rejections: Record<string, Partial<TraefikHaPairArgs>> = {
  "both members on one node": { members: [first, { ...second, node: "proxmox2" }] },
  "the weight -20": { check: { weight: -20 } },
  "the tie -100": { check: { weight: -100 } },
  "a single member": { members: [first] },
  "one host twice": { members: [first, { ...first, priority: 100, node: "proxmox3" }] },
  "fractions on Debian 12": { check: { weight: 0, intervalSec: 0.5, timeoutSec: 0.2 } },
  "one port for two": { traefik: { version: "3.5.0", pingPort: 8081 } },
  "many mistakes at once": {
    vip: "192.168.1.101",
    virtualRouterId: 256,
    traefik: { version: "latest", dynamicDirectory: "/etc/traefik", pingPort: 443 },
    routes: { grafana: { host: "not a host", servers: [], entryPoint: "ssh" } },
  },
  "a directory that holds the static file, the port of an entry point, an unknown entry point": {
    traefik: { version: "3.5.0", dynamicDirectory: "/etc/traefik", pingPort: 443 },
    routes: { a: { host: "a.example.org", servers: ["http://a"], entryPoint: "ssh" } },
  },
};

test("rejects bad arguments before anything is registered", async () => {
  const messages: Record<string, string> = {};
  for (const [what, change] of Object.entries(rejections)) messages[what] = await refused(change);
  expect(messages).toMatchInlineSnapshot(`
    {
      "a directory that holds the static file, the port of an entry point, an unknown entry point": "TraefikHaPair "traefik" has 3 problems:
      traefik.dynamicDirectory: found "/etc/traefik", which does not belong to this stack; use a path below /etc/traefik, /var/lib/traefik, /opt/traefik or /srv/traefik
      traefik.pingPort: found 443, the port of "websecure"; use e.g. 8080
      routes.a.entryPoint: found "ssh", expected one of web, websecure; change it",
      "a single member": "TraefikHaPair "traefik" has 1 problem:
      members: expected at least 2 members; list the hosts that share the address",
      "both members on one node": "TraefikHaPair "traefik" has 1 problem:
      members[1].node: "traefik" and "traefik-2" are on the same node "proxmox2", so its death takes them down with the virtual address; move "traefik-2" to another node",
      "fractions on Debian 12": "TraefikHaPair "traefik" has 2 problems:
      check.intervalSec: keepalived 2.2.7 of Debian 12 (traefik, traefik-2) refuses 0.5 s and runs the check every second instead; use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions)
      check.timeoutSec: keepalived 2.2.7 of Debian 12 (traefik, traefik-2) refuses 0.2 s and runs the check every second instead; use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions)",
      "many mistakes at once": "TraefikHaPair "traefik" has 8 problems:
      vip: found "192.168.1.101", expected an IPv4 or IPv6 address with its prefix length; add the prefix length of its network, e.g. 192.168.1.101/24
      virtualRouterId: found 256, expected a virtual router id from 1 to 255; choose one that no other router on the segment uses
      traefik.version: found "latest", expected a version of Traefik 3 such as 3.5.0; write all three numbers
      traefik.dynamicDirectory: found "/etc/traefik", which does not belong to this stack; use a path below /etc/traefik, /var/lib/traefik, /opt/traefik or /srv/traefik
      routes.grafana.host: found "not a host", expected a DNS host name without scheme, port or path; write e.g. grafana.internal.example.org
      routes.grafana.servers: found [], expected at least 1 element; add what is missing, or remove the key
      traefik.pingPort: found 443, the port of "websecure"; use e.g. 8080
      routes.grafana.entryPoint: found "ssh", expected one of web, websecure; change it",
      "one host twice": "TraefikHaPair "traefik" has 2 problems:
      members[1].name: found "traefik" a second time, expected a different name for each member; correct it
      members[1].address: found "192.168.1.110" a second time, expected a different address for each member; correct it",
      "one port for two": "TraefikHaPair "traefik" has 1 problem:
      traefik.driftPort: found 8081, the port on which Traefik answers the health check; use another one",
      "the tie -100": "TraefikHaPair "traefik" has 1 problem:
      check.weight: a failed check lowers "traefik" from 200 to 100, which only ties with 100 of "traefik-2", and a tie keeps the master, so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
      "the weight -20": "TraefikHaPair "traefik" has 1 problem:
      check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    }
  `);
});

test("rejects a name that could not be part of resource names", async () => {
  expect(await refusal(() => new TraefikHaPair("Traefik pair", pair))).toMatchInlineSnapshot(`
    "TraefikHaPair "Traefik pair" has 1 problem:
      found "Traefik pair", expected a name of lower-case letters, digits and hyphens that starts with a letter; write e.g. traefik-pair"
  `);
});
