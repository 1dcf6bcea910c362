import { expect, test } from "vitest";
import { evaluate, judgeStack } from "../../../policy/evaluate";
import { plainProps } from "../../../policy/reading/plain";
import type { ObservedResource } from "../../../policy/rule";
import { rules } from "../../../policy/rules/all";
import { haLocalDisk } from "../../../policy/rules/ha";
import { notJudged } from "../../../policy/rules/not-judged";
import { traefikTryScript } from "../../../templates/traefik/trial";
import { haGroup, haResource, haRule } from "../group";
import { pageTest } from "../page-test";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { command, container, keepalivedConf, pair, rawPair, resource } from "../resources";

const tryScript = traefikTryScript("/etc/traefik/dynamic");
const seen = (each: ObservedResource) => ({ ...each, props: proxied(each.props) });
const named = async (...resources: ObservedResource[]) =>
  (await reported(notJudged, resources)).map((line) =>
    line.replace(/^.*this stack: not judged: /, "").replace(/; [^;]* \(see .*$/, ""),
  );

pageTest("not-judged", [
  container("adguard", 1250, "proxmox3", "192.168.1.253", { disk: { datastoreId: "tank" } }),
  resource("proxmoxve:index/haresource:Haresource", "ha-adguard", {
    resourceId: "ct:1250",
    state: "started",
  }),
]);

test("a stack that could be read throughout is not spoken of", async () => {
  const good = [
    pair(),
    haGroup(),
    ...rawPair({ priority: 150, weight: -60 }, { priority: 100, weight: -60 }),
    container("dns", 116, "proxmox2", "192.168.1.224", { disk: { datastoreId: "local-lvm" } }),
  ];

  expect(await named(...good)).toEqual([]);
});

test("types of a newer provider are named together, those of other providers are not", async () => {
  expect(
    await named(
      resource("proxmoxve:index/vm9:Vm9", "a", {}),
      resource("proxmoxve:index/vm9:Vm9", "b", {}),
      resource("aws:ec2/instance:Instance", "c", {}),
    ),
  ).toEqual([
    'resource of a type that this pack does not know (2): proxmoxve:index/vm9:Vm9 "a" and proxmoxve:index/vm9:Vm9 "b"',
  ]);
});

test("content that is only known after the update is named: standard input, asset, script", async () => {
  const stdin = command("balancer", "192.168.1.5", unknown.text, {
    create: "cat > /etc/haproxy/haproxy.cfg",
  });
  const copy = resource("command:remote:CopyToRemote", "lb", {
    source: unknown.asset,
    remotePath: "/etc/haproxy/haproxy.cfg",
  });
  const script = command("later", "192.168.1.6", "", { create: unknown.text });

  expect(await named(seen(stdin), seen(copy), seen(script))).toEqual([
    'file whose content is known after the update, or comes from elsewhere (2): Command "balancer" and CopyToRemote "lb"',
    'script that is known after the update (1): Command "later"',
  ]);
});

test("standard input that becomes no daemon's file is nobody's business", async () => {
  const key = command("key", "192.168.1.5", unknown.text, {
    create: "cat >> /root/.ssh/authorized_keys",
  });

  expect(await named(seen(key))).toEqual([]);
});

test.each([
  ["base64 -d > /etc/keepalived/keepalived.conf", "script that decodes a file"],
  ["tar xzf - -C /etc/keepalived", "script that unpacks a file"],
  ["sed -i s/150/100/ /etc/keepalived/keepalived.conf", "script that edits a file in place"],
  [
    "printf 'vrrp_instance' > /etc/keepalived/keepalived.conf",
    "script that writes a file with printf or echo",
  ],
  ["curl -fo /etc/haproxy/haproxy.cfg https://x.example", "script that fetches a file"],
])("%s is a %s", async (create, what) => {
  expect(await named(command("a", "192.168.1.5", "", { create }))).toEqual([
    `${what} (1): Command "a"`,
  ]);
});

test("a file in an archive that the program puts together is judged like any other", async () => {
  const archive = (name: string, host: string, priority: number) =>
    resource("command:remote:CopyToRemote", name, {
      connection: { host, hostKey: "x" },
      remotePath: "/etc/keepalived",
      source: {
        __pulumiArchive: true,
        assets: {
          "keepalived.conf": {
            __pulumiAsset: true,
            text: keepalivedConf({ priority, weight: -20 }),
          },
        },
      },
    });
  const found = await evaluate(rules, [
    archive("a", "192.168.1.110", 200),
    archive("b", "192.168.1.103", 100),
  ]);

  expect(found.filter(({ policy }) => policy === "vrrp-weight")).toHaveLength(1);
  expect(found.filter(({ policy }) => policy === "not-judged")).toEqual([]);
});

test("a packed archive and a file from a URL are named", async () => {
  const source = (name: string, value: object) =>
    resource("command:remote:CopyToRemote", name, { source: value, remotePath: "/etc/haproxy" });
  const packed = source("packed", { __pulumiArchive: true, path: "x.tgz" });
  const remote = source("remote", { __pulumiAsset: true, uri: "https://x.example/haproxy.cfg" });

  expect(await named(packed, remote)).toEqual([
    'file whose content is known after the update, or comes from elsewhere (2): CopyToRemote "packed" and CopyToRemote "remote"',
  ]);
});

const onTank = (name: string, vmid: number, more = {}) =>
  container(name, vmid, "proxmox3", `192.168.1.${vmid % 200}`, {
    disk: { datastoreId: "tank" },
    ...more,
  });

test("twenty guests on a storage of unstated kind are one advisory, and the configuration ends it", async () => {
  const stack = Array.from({ length: 20 }, (_, at) => [
    onTank(`guest-${at}`, 100 + at),
    haResource(`ct:${100 + at}`),
  ]).flat();
  const [line] = await reported(notJudged, stack);
  expect(line).toMatch(
    /HA guest on a storage of unstated kind \(20\): .* 16 more; state the kinds/,
  );

  const plain = await Promise.all(
    stack.map(async (each) => ({ ...each, props: await plainProps(each.props) })),
  );
  expect(judgeStack(notJudged, plain, { storages: { tank: "shared" } })).toEqual([]);
  // Stated as local, each of them is refused.
  expect(judgeStack(haLocalDisk, plain, { storages: { tank: "local" } })).toHaveLength(20);
});

const zfs = container("adguard", 1250, "proxmox3", "192.168.1.253", {
  disk: { datastoreId: "local-zfs" },
});
const job = (props: Record<string, unknown>) =>
  resource("proxmoxve:index/replication:Replication", "job", { type: "local", ...props });

test.each([
  {
    what: "a replication job made from an output",
    more: [job({ resourceId: unknown.text, guest: unknown.number, target: "proxmox2" })],
    why: "a replication job's guest or target is known after the update",
  },
  {
    what: "a rule made from an output",
    more: [
      haRule("pin", {
        type: "node-affinity",
        strict: true,
        resources: [unknown.text],
        nodes: { proxmox3: 1 },
      }),
    ],
    why: "an HA rule's guests or nodes are known after the update",
  },
])("$what refuses nothing and is named", async ({ more, why }) => {
  const stack = [zfs, haResource("ct:1250"), ...more].map(seen);

  expect(await reported(haLocalDisk, stack)).toEqual([]);
  expect(await named(...stack)).toEqual([
    expect.stringContaining(
      `HA guest of which too little is known (1): Haresource "ha-ct:1250" (${why})`,
    ),
  ]);
});

test("an HA group of another stack refuses nothing and is named", async () => {
  const stack = [zfs, haResource("ct:1250", { group: "pw-dev" })];

  expect(await reported(haLocalDisk, stack)).toEqual([]);
  expect(await named(...stack)).toEqual([
    expect.stringContaining('its HA group "pw-dev" is not of this stack'),
  ]);
});

test("an HA resource made from an output is named", async () => {
  expect(await named(seen(haResource(unknown.text)))).toEqual([
    expect.stringContaining("which guest it is, is known after the update"),
  ]);
});

test("a keepalived.conf for a host that is an output is named, since its node is not known", async () => {
  const late = command("conf", unknown.text, keepalivedConf({ priority: 150 }));

  expect(await named(seen(late))).toEqual([
    'daemon\'s file for a host that is known after the update, so its node is not (1): Command "conf"',
  ]);
});

test("a tunnel's rules are named when they are not known, its id is not", async () => {
  const tunnel = (props: Record<string, unknown>) =>
    seen(
      resource(
        "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
        "tunnel",
        props,
      ),
    );
  const rules = (service: string) => ({ ingresses: [{ service }] });

  expect(await named(tunnel({ tunnelId: unknown.text, config: rules("http_status:404") }))).toEqual(
    [],
  );
  expect(await named(tunnel({ tunnelId: "x", config: rules(unknown.text) }))).toEqual([
    'tunnel whose rules are known after the update (1): ZeroTrustTunnelCloudflaredConfig "tunnel"',
  ]);
});

const on = (path: string, text: string) =>
  command("a", "192.168.1.5", text, { create: `cat > ${path}` });
const workload = (env: object[]) =>
  resource("kubernetes:apps/v1:DaemonSet", "vip", {
    spec: { template: { spec: { containers: [{ image: "osixia/keepalived:2.0.20", env }] } } },
  });
const release = (props: object) =>
  resource("kubernetes:helm.sh/v3:Release", "lb", { chart: "ingress-nginx", ...props });

test.each<[string, ObservedResource, string[]]>([
  [
    "a container of keepalived with variables, by the Docker provider",
    resource("docker:index/container:Container", "vip", { image: "osixia/keepalived:2.0.20" }),
    [
      'container whose keepalived is configured by its environment or its image (1): Container "vip"',
    ],
  ],
  [
    "the same in a cluster",
    workload([{ name: "KEEPALIVED_INTERFACE", value: "eth0" }]),
    [
      'container whose keepalived is configured by its environment or its image (1): DaemonSet "vip"',
    ],
  ],
  ["one that gets a file", workload([]), []],
  [
    "the same in a Compose file",
    on("/opt/vip/compose.yaml", "services:\n  vip:\n    image: osixia/keepalived:2.0.20\n"),
    ['container whose keepalived is configured by its environment or its image (1): Command "a"'],
  ],
  [
    "a script that starts one",
    command("a", "192.168.1.5", "", { create: "docker run -d --net=host \\\n  osixia/keepalived" }),
    ['script that starts a daemon in a container (1): Command "a"'],
  ],
  [
    "a Traefik file in TOML that is not read",
    on("/etc/traefik/traefik.toml", '[entryPoints.web]\naddress = """:80"""\n'),
    ['Traefik configuration that is not understood (1): Command "a"'],
  ],
  [
    "a Traefik file in YAML that is not read",
    on("/etc/traefik/traefik.yml", "entryPoints:\n  web: { address: :80\n"),
    ['Traefik configuration that is not understood (1): Command "a"'],
  ],
  ["the script that tries a Traefik file", on("/usr/local/bin/traefik-try", tryScript), []],
  [
    "a Traefik file that is read",
    on("/etc/traefik/traefik.toml", '[entryPoints.web]\naddress = ":80"\n'),
    [],
  ],
  [
    "lsyncd with computed tables",
    on(
      "/etc/lsyncd/lsyncd.conf.lua",
      'for _, host in ipairs(hosts) do\n  sync { default.rsyncssh, source = "/x", host = host }\nend\n',
    ),
    ['lsyncd configuration that computes its tables (1): Command "a"'],
  ],
  [
    "lsyncd with tables that stand there",
    on(
      "/etc/lsyncd/lsyncd.conf.lua",
      'sync { default.rsync, source = "/x", delete = false, target = "y" }\n',
    ),
    [],
  ],
  [
    "a keepalived.conf in a ConfigMap that something fills in",
    resource("kubernetes:core/v1:ConfigMap", "vip", {
      data: { "keepalived.conf": "vrrp_instance V {\n  priority {{ .priority }}\n}\n" },
    }),
    ['keepalived.conf that something fills in first (1): ConfigMap "vip"'],
  ],
  [
    "a release whose values come from a file",
    release({ valueYamlFiles: ["x"] }),
    ['Helm release whose Services are made from values that are not read (1): Release "lb"'],
  ],
  [
    "a release of another chart with a load balancer",
    release({ chart: "emqx", values: { service: { type: "LoadBalancer" } } }),
    ['Helm release whose Services are made from values that are not read (1): Release "lb"'],
  ],
  ["a release that is read", release({ values: {} }), []],
  [
    "a release of another chart without one",
    release({ chart: "emqx", values: { replicas: 3 } }),
    [],
  ],
])("%s", async (_, one, expected) => {
  expect(await named(one)).toEqual(expected);
});
