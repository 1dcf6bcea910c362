import type { CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import {
  KeepalivedLb,
  type KeepalivedLbArgs,
  type KeepalivedLbOptions,
} from "../../components/keepalived-lb";
import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/rules/all";
import { pick, record, refusal, resolvedValue } from "./recorder";
import { balancer, clientCertificate, listed, waits } from "./vrrp-data";

const build = (args: KeepalivedLbArgs = balancer, opts: KeepalivedLbOptions = {}) =>
  record(() => new KeepalivedLb("api", args, opts));
const refused = (change: Partial<KeepalivedLbArgs>) =>
  refusal(() => new KeepalivedLb("api", { ...balancer, ...change }));
const command = "command:remote:Command";
// Good for a hundred years, and its key was thrown away.
const authority = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIUDdV2wxHnbO0+shJPONGW+TAWdVEwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjEwMTMxNDBaGA8yMTI2MTAy
ODAxMzE0MFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABFnXBUiA4ARys+28sjmP3WtMcuicVE3BSCs31fmo/WCnQi/Ig4Bb
5G67HA8sBL4kwJBrmO041FggLWt+CLfbACejUzBRMB0GA1UdDgQWBBTQRFTKQ1Ra
vY+a/xYfnsZps/5TejAfBgNVHSMEGDAWgBTQRFTKQ1RavY+a/xYfnsZps/5TejAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDNpCklf4PLUMcT1r2+
wWRQZAxWQ79EQW5ojOU4jTNfowIhAPVMjIuX7Qt2Eygebtld3b0seLq64q67NUxP
+ybuMtMx
-----END CERTIFICATE-----
`;

test("registers everything of the second load balancer, then everything of the first", async () => {
  const { resources } = await build();
  expect(listed(resources)).toMatchInlineSnapshot(`
    "homelab:components:KeepalivedLb api < 
    command:remote:Command api-lb-1-peers < api
    command:remote:Command api-lb-2-peers < api
    command:remote:Command api-lb-2-packages < api
    command:remote:Command api-lb-2-check < api
    command:remote:Command api-lb-2-notify < api
    command:remote:Command api-lb-2-logrotate < api
    command:remote:Command api-lb-2-keepalived-drop-in < api
    command:remote:Command api-lb-2-haproxy-cfg < api
    command:remote:Command api-lb-2-keepalived-conf < api
    command:remote:Command api-lb-2-health < api
    command:remote:Command api-lb-1-packages < api
    command:remote:Command api-lb-1-check < api
    command:remote:Command api-lb-1-notify < api
    command:remote:Command api-lb-1-logrotate < api
    command:remote:Command api-lb-1-keepalived-drop-in < api
    command:remote:Command api-lb-1-haproxy-cfg < api
    command:remote:Command api-lb-1-keepalived-conf < api
    command:remote:Command api-lb-1-health < api"
  `);
  expect(waits(resources)).toMatchInlineSnapshot(`
    "api-lb-1-peers: 
    api-lb-2-peers: 
    api-lb-2-packages: api-lb-1-peers, api-lb-2-peers
    api-lb-2-check: api-lb-1-peers, api-lb-2-packages, api-lb-2-peers
    api-lb-2-notify: api-lb-1-peers, api-lb-2-packages, api-lb-2-peers
    api-lb-2-logrotate: api-lb-1-peers, api-lb-2-packages, api-lb-2-peers
    api-lb-2-keepalived-drop-in: api-lb-1-peers, api-lb-2-packages, api-lb-2-peers
    api-lb-2-haproxy-cfg: api-lb-1-peers, api-lb-2-check, api-lb-2-packages, api-lb-2-peers
    api-lb-2-keepalived-conf: api-lb-1-peers, api-lb-2-check, api-lb-2-notify, api-lb-2-peers
    api-lb-2-health: api-lb-1-peers, api-lb-2-check, api-lb-2-haproxy-cfg, api-lb-2-keepalived-conf, api-lb-2-keepalived-drop-in, api-lb-2-logrotate, api-lb-2-notify, api-lb-2-peers
    api-lb-1-packages: api-lb-2-health
    api-lb-1-check: api-lb-1-packages, api-lb-2-health
    api-lb-1-notify: api-lb-1-packages, api-lb-2-health
    api-lb-1-logrotate: api-lb-1-packages, api-lb-2-health
    api-lb-1-keepalived-drop-in: api-lb-1-packages, api-lb-2-health
    api-lb-1-haproxy-cfg: api-lb-1-check, api-lb-1-packages, api-lb-2-health
    api-lb-1-keepalived-conf: api-lb-1-check, api-lb-1-notify, api-lb-2-health
    api-lb-1-health: api-lb-1-check, api-lb-1-haproxy-cfg, api-lb-1-keepalived-conf, api-lb-1-keepalived-drop-in, api-lb-1-logrotate, api-lb-1-notify, api-lb-2-health"
  `);
});

test("the component carries the checked plain facts and no password", async () => {
  const { resources } = await build();
  expect(pick(resources, "KeepalivedLb", "api").inputs).toMatchInlineSnapshot(`
    {
      "advertIntervalSec": 1,
      "caFile": "/etc/haproxy/kubernetes-ca.crt",
      "check": {
        "fall": 2,
        "intervalSec": 2,
        "rise": 2,
        "timeoutSec": 2,
        "weight": 0,
      },
      "drainPort": 8082,
      "drainSec": 0,
      "interface": "eth1",
      "kubeadm": {
        "extraSans": [],
        "join": false,
        "podSubnet": "10.244.0.0/16",
        "serviceSubnet": "10.96.0.0/12",
      },
      "management": [],
      "masters": [
        {
          "address": "192.168.56.10",
          "name": "master-1",
          "node": "pve1",
        },
        {
          "address": "192.168.56.11",
          "name": "master-2",
          "node": "pve2",
        },
        {
          "address": "192.168.56.12",
          "name": "master-3",
          "node": "pve3",
        },
      ],
      "members": [
        {
          "address": "192.168.56.5",
          "debian": 12,
          "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA",
          "name": "lb-1",
          "node": "pve1",
          "priority": 150,
        },
        {
          "address": "192.168.56.6",
          "debian": 12,
          "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA",
          "name": "lb-2",
          "node": "pve2",
          "priority": 100,
        },
      ],
      "port": 6443,
      "preempt": true,
      "preemptDelaySec": 0,
      "profile": "compatible",
      "stats": {
        "port": 8404,
        "user": "stats",
      },
      "version": 3,
      "vip": "192.168.56.100/24",
      "virtualRouterId": 60,
      "workers": [],
    }
  `);
});

test("haproxy.cfg is a secret, readable for root only, and tested by HAProxy first", async () => {
  const { resources } = await build();
  const { stdin, create } = pick(resources, command, "api-lb-1-haproxy-cfg").inputs as Record<
    string,
    { secret: string }
  >;
  expect(stdin?.secret).toContain("user stats insecure-password 'correct-horse-battery'");
  expect(stdin?.secret).toContain("bind 192.168.56.5:8404\n");
  expect(create?.secret).toContain('haproxy -c -dW -f "$NEW"');
  expect(create?.secret).toContain("chmod 0600");
  expect(create?.secret).not.toContain("correct-horse-battery");
});

test("the password is in no other input in clear", async () => {
  const { resources } = await build({
    ...balancer,
    statsPassword: pulumi.secret("correct-horse-battery"),
  });
  const open = (value: unknown): unknown =>
    typeof value === "object" && value !== null && "secret" in value
      ? "[secret]"
      : Array.isArray(value)
        ? value.map(open)
        : typeof value === "object" && value !== null
          ? Object.entries(value).map(([key, inner]) => [key, open(inner)])
          : value;
  expect(JSON.stringify(resources.map(({ inputs }) => open(inputs)))).not.toContain(
    "correct-horse-battery",
  );
});

test("keepalived asks the local HAProxy and not the API servers", async () => {
  const { resources } = await build();
  const check = String(pick(resources, command, "api-lb-1-check").inputs.stdin);
  expect(check).toContain("/dev/tcp/127.0.0.1/8404");
  expect(check).toContain("GET /healthz");
});

test("kubeadm gets the endpoint and every name under which clients meet the API", async () => {
  const { result } = await build();
  expect(await resolvedValue(result.endpoint)).toBe("192.168.56.100:6443");
  expect(await resolvedValue(result.certificateSans)).toEqual([
    "192.168.56.100",
    "192.168.56.5",
    "192.168.56.6",
  ]);
});

test("masters on one node are a warning, unless this stack puts the cluster together", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const masters = balancer.masters.map((master) => ({ ...master, node: "pve1" }));
  await build({ ...balancer, masters });
  const messages = warn.mock.calls.map(([message]) => message);
  warn.mockRestore();
  expect(messages).toMatchInlineSnapshot(`
    [
      ""master-1", "master-2" and "master-3" are on the node "pve1", so its death leaves 0 of 3 masters, fewer than the majority that etcd needs, and takes the whole API down; spread the masters so that no node carries more than 1",
    ]
  `);
  expect(
    await refused({ ...joined, masters: joined.masters?.map((one) => ({ ...one, node: "pve1" })) }),
  ).toMatchInlineSnapshot(`
    "KeepalivedLb "api" has 1 problem:
      masters: "master-1", "master-2" and "master-3" are on the node "pve1", so its death leaves 0 of 3 masters, fewer than the majority that etcd needs, and takes the whole API down; spread the masters so that no node carries more than 1"
  `);
});

test("what a firewall has to let through is an output: statistics from management only", async () => {
  const { result } = await build({
    ...balancer,
    workers: [{ name: "worker-1", address: "192.168.56.20", node: "pve1" }],
    management: ["192.168.1.0/24"],
  });
  const { rules, ipFilter } = await resolvedValue(result.firewall);
  expect(
    rules.map(
      ({ from, to, protocol, port, why }) =>
        `${from.join(" ")} -> ${to.join(" ")} ${protocol}${port === undefined ? "" : ` ${port}`}: ${why}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "192.168.56.5 192.168.56.6 -> 192.168.56.5 192.168.56.6 vrrp: adverts, IP protocol 112, unicast",
      "192.168.56.10 192.168.56.11 192.168.56.12 192.168.56.20 -> 192.168.56.100 192.168.56.5 192.168.56.6 tcp 6443: kubelets and pods to the API",
      "192.168.1.0/24 -> 192.168.56.100 tcp 6443: kubectl",
      "192.168.56.5 192.168.56.6 -> 192.168.56.10 192.168.56.11 192.168.56.12 tcp 6443: requests and health checks of HAProxy",
      "192.168.56.10 192.168.56.11 192.168.56.12 -> 192.168.56.10 192.168.56.11 192.168.56.12 tcp 6443: masters to each other's API server",
      "192.168.56.10 192.168.56.11 192.168.56.12 -> 192.168.56.10 192.168.56.11 192.168.56.12 tcp 2379: etcd, clients",
      "192.168.56.10 192.168.56.11 192.168.56.12 -> 192.168.56.10 192.168.56.11 192.168.56.12 tcp 2380: etcd, members",
      "192.168.56.10 192.168.56.11 192.168.56.12 -> 192.168.56.10 192.168.56.11 192.168.56.12 192.168.56.20 tcp 10250: API servers to kubelets: logs, exec",
      "192.168.1.0/24 -> 192.168.56.5 192.168.56.6 tcp 8404: statistics and metrics, behind a password",
      "192.168.1.0/24 -> 192.168.56.5 192.168.56.6 tcp 22: this stack's SSH",
    ]
  `);
  expect(ipFilter).toEqual({
    "lb-1": ["192.168.56.5", "192.168.56.100"],
    "lb-2": ["192.168.56.6", "192.168.56.100"],
  });
});

test("HAProxy refuses its statistics to other networks", async () => {
  const { resources } = await build({ ...balancer, management: ["192.168.1.0/24"] });
  const { stdin } = pick(resources, command, "api-lb-1-haproxy-cfg").inputs as Record<
    string,
    { secret: string }
  >;
  expect(stdin?.secret).toContain(
    "http-request deny unless { src 127.0.0.1 192.168.1.0/24 }\n  http-request auth realm",
  );
});

test("kubeadm's configuration is an output without secrets", async () => {
  const { result } = await build({
    ...balancer,
    kubeadm: { version: "v1.34.4", extraSans: ["api.example.org"] },
    workers: [{ name: "worker-1", address: "192.168.56.20", node: "pve1" }],
  });
  const kubeadm = await resolvedValue(result.kubeadm);
  const { clusterConfiguration, joinConfigurations = {} } = kubeadm ?? {};
  expect(clusterConfiguration).toMatchInlineSnapshot(`
    "apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    clusterName: api
    kubernetesVersion: v1.34.4
    controlPlaneEndpoint: 192.168.56.100:6443
    apiServer:
      certSANs:
        - 192.168.56.100
        - 192.168.56.5
        - 192.168.56.6
        - api.example.org
      extraArgs:
        - name: shutdown-delay-duration
          value: 10s
    networking:
      podSubnet: 10.244.0.0/16
      serviceSubnet: 10.96.0.0/12
    "
  `);
  expect(Object.keys(joinConfigurations)).toEqual(["master-2", "master-3", "worker-1"]);
  expect(joinConfigurations["master-2"]).toContain("certificateKey: CERTIFICATE_KEY\n");
  expect(joinConfigurations["worker-1"]).not.toContain("controlPlane:");
});

test("without a certificate of the CA the file has to be there, and the words say so", async () => {
  const { resources } = await build();
  const { create } = pick(resources, command, "api-lb-1-haproxy-cfg").inputs as Record<
    string,
    { secret: string }
  >;
  expect(create?.secret).toContain(
    "/etc/haproxy/kubernetes-ca.crt is not there; set caCertificate, or copy /etc/kubernetes/pki/ca.crt of a master to it",
  );
});

test("the policy pack passes what the component writes, and refuses what a transform makes of it", async () => {
  const judged = async (change: (text: string) => string) => {
    const haproxyCfg = (args: CommandArgs) => ({
      ...args,
      stdin: pulumi.output(args.stdin ?? "").apply(change),
    });
    const { resources } = await build(balancer, { transform: { haproxyCfg } });
    // As the engine shows them to a pack: secrets in clear text.
    const clear = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(clear);
      if (typeof value !== "object" || value === null) return value;
      if ("secret" in value) return clear(value.secret);
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clear(inner)]));
    };
    const observed = resources.map(({ type, name, inputs }) => ({
      type,
      name,
      urn: name,
      props: clear(inputs) as Record<string, unknown>,
    }));
    const violations = await evaluate(rules, observed);
    return violations.map(({ policy, enforcement, urn }) => `${enforcement} ${policy} ${urn}`);
  };
  expect(await judged((text) => text)).toEqual([]);
  const careless = (text: string) =>
    text
      .replace("/readyz", "/healthz")
      .replace(/verify required \S+ \S+/, "verify none")
      .replace(/^.*server master-3 .*\n/m, "")
      .replace("'correct-horse-battery'", "admin");
  expect((await judged(careless)).sort()).toMatchInlineSnapshot(`
    [
      "mandatory api-masters-even api-lb-1-haproxy-cfg",
      "mandatory api-masters-even api-lb-2-haproxy-cfg",
      "mandatory haproxy-api-check api-lb-1-haproxy-cfg",
      "mandatory haproxy-api-check api-lb-2-haproxy-cfg",
      "mandatory haproxy-tls-not-verified api-lb-1-haproxy-cfg",
      "mandatory haproxy-tls-not-verified api-lb-2-haproxy-cfg",
      "mandatory weak-password api-lb-1-haproxy-cfg",
      "mandatory weak-password api-lb-2-haproxy-cfg",
    ]
  `);
});

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA";
/** A cluster that this stack puts together. */
const joined: KeepalivedLbArgs = {
  ...balancer,
  kubeadm: { join: true },
  masters: balancer.masters.map((master) => ({ ...master, hostKey: key })),
  workers: ["1", "2"].map((n) => ({
    name: `worker-${n}`,
    address: `192.168.56.2${n}`,
    node: `pve${n}`,
    hostKey: key,
  })),
};

test("the CA comes first, then the balancers, then one master after the other, then the workers", async () => {
  const { resources } = await build(joined);
  expect(
    waits(resources)
      .split("\n")
      .filter((line) => line.includes("kubeadm") || line.startsWith("api-lb-2-ca")),
  ).toMatchInlineSnapshot(`
    [
      "api-master-1-kubeadm-ca: ",
      "api-lb-2-ca: api-lb-1-peers, api-lb-2-packages, api-lb-2-peers, api-master-1-kubeadm-ca",
      "api-lb-2-health: api-lb-1-peers, api-lb-2-ca, api-lb-2-check, api-lb-2-haproxy-cfg, api-lb-2-keepalived-conf, api-lb-2-keepalived-drop-in, api-lb-2-logrotate, api-lb-2-notify, api-lb-2-peers, api-master-1-kubeadm-ca",
      "api-lb-1-ca: api-lb-1-packages, api-lb-2-health, api-master-1-kubeadm-ca",
      "api-lb-1-health: api-lb-1-ca, api-lb-1-check, api-lb-1-haproxy-cfg, api-lb-1-keepalived-conf, api-lb-1-keepalived-drop-in, api-lb-1-logrotate, api-lb-1-notify, api-lb-2-health, api-master-1-kubeadm-ca",
      "api-master-1-kubeadm-init: api-lb-1-health, api-lb-2-health, api-master-1-kubeadm-ca",
      "api-master-2-kubeadm-key: api-master-1-kubeadm-init",
      "api-master-1-kubeadm-door: api-master-1-kubeadm-init",
      "api-master-2-kubeadm-authorize: api-master-1-kubeadm-door, api-master-2-kubeadm-key",
      "api-master-2-kubeadm-join: api-master-1-kubeadm-ca, api-master-1-kubeadm-init, api-master-2-kubeadm-authorize",
      "api-master-3-kubeadm-key: api-master-2-kubeadm-join",
      "api-master-3-kubeadm-authorize: api-master-1-kubeadm-door, api-master-3-kubeadm-key",
      "api-master-3-kubeadm-join: api-master-1-kubeadm-ca, api-master-2-kubeadm-join, api-master-3-kubeadm-authorize",
      "api-worker-1-kubeadm-key: api-master-3-kubeadm-join",
      "api-worker-2-kubeadm-key: api-master-3-kubeadm-join",
      "api-worker-1-kubeadm-authorize: api-master-1-kubeadm-door, api-worker-1-kubeadm-key",
      "api-worker-2-kubeadm-authorize: api-master-1-kubeadm-door, api-worker-2-kubeadm-key",
      "api-worker-1-kubeadm-join: api-master-1-kubeadm-ca, api-master-3-kubeadm-join, api-worker-1-kubeadm-authorize",
      "api-worker-2-kubeadm-join: api-master-1-kubeadm-ca, api-master-3-kubeadm-join, api-worker-2-kubeadm-authorize",
    ]
  `);
});

test("no token and no key of a certificate is in any input, and nothing is reset", async () => {
  const { resources } = await build(joined);
  const text = JSON.stringify(resources.map(({ inputs }) => inputs));
  expect(text).not.toMatch(/[^a-z0-9][a-z0-9]{6}\.[a-z0-9]{16}[^a-z0-9]/);
  expect(text).not.toMatch(/certificateKey: [^C"\\]/);
  expect(text).not.toContain("kubeadm reset");
});

const [one, two] = balancer.members as [
  KeepalivedLbArgs["members"][number],
  KeepalivedLbArgs["members"][number],
];
const rejections: Record<string, Partial<KeepalivedLbArgs>> = {
  "both load balancers on one node": { members: [one, { ...two, node: "pve1" }] },
  "an even number of masters, a port used twice": {
    masters: balancer.masters.slice(0, 2),
    stats: { port: 6443 },
  },
  "a master twice": { masters: [...balancer.masters.slice(0, 2), ...balancer.masters.slice(0, 1)] },
  "no master": { masters: [] },
  "a master as a worker twice": {
    workers: [1, 2].map(() => ({ name: "master-1", address: "192.168.56.10", node: "pve1" })),
  },
  "a join without host keys, with a CA of its own": {
    kubeadm: { join: true },
    masters: balancer.masters.slice(0, 1),
    caCertificate: authority,
  },
  "a release that does not read the configuration": { kubeadm: { version: "v1.30.2" } },
  "1111 as password": { statsPassword: "1111" },
  "a default password": { statsPassword: "admin" },
  "no password": { statsPassword: undefined },
};

test("rejects bad arguments before anything is registered, and shows no password", async () => {
  const messages: Record<string, string> = {};
  for (const [what, change] of Object.entries(rejections)) messages[what] = await refused(change);
  expect(messages).toMatchInlineSnapshot(`
    {
      "1111 as password": "KeepalivedLb "api" has 1 problem:
      statsPassword: the password "statsPassword of stats" is a repetition or a row of keys; set a random one, for example from \`openssl rand -hex 24\`",
      "a default password": "KeepalivedLb "api" has 1 problem:
      statsPassword: the password "statsPassword of stats" is a well-known default or one with decoration; set a random one, for example from \`openssl rand -hex 24\`",
      "a join without host keys, with a CA of its own": "KeepalivedLb "api" has 2 problems:
      masters[0].hostKey: missing, but kubeadm runs on "master-1" over SSH; state its host key, or leave out kubeadm.join
      caCertificate: found one, but with kubeadm.join it is taken from the first master; remove it",
      "a master as a worker twice": "KeepalivedLb "api" has 2 problems:
      workers[1].name: found "master-1" a second time, expected a different name for each worker and master; correct it
      workers[1].address: found "192.168.56.10" a second time, expected a different address for each worker and master; correct it",
      "a master twice": "KeepalivedLb "api" has 2 problems:
      masters[2].name: found "master-1" a second time, expected a different name for each master; correct it
      masters[2].address: found "192.168.56.10" a second time, expected a different address for each master; correct it",
      "a release that does not read the configuration": "KeepalivedLb "api" has 1 problem:
      kubeadm.version: found "v1.30.2", expected a release of Kubernetes from v1.31.0, the first that reads kubeadm.k8s.io/v1beta4; write e.g. v1.34.4",
      "an even number of masters, a port used twice": "KeepalivedLb "api" has 2 problems:
      masters: found 2 masters, expected an odd number, because an even one survives no more losses than one less; add or remove one
      stats.port: found 6443, the port of the API; choose another one",
      "both load balancers on one node": "KeepalivedLb "api" has 1 problem:
      members[1].node: "lb-1" and "lb-2" are on the same node "pve1", so its death takes them down with the virtual address; move "lb-2" to another node",
      "no master": "KeepalivedLb "api" has 1 problem:
      masters: found 0 masters, expected an odd number, because an even one survives no more losses than one less; add or remove one",
      "no password": "KeepalivedLb "api" has 1 problem:
      statsPassword: missing, expected a secret; set homelab:secrets.statsPasswords.<name>",
    }
  `);
});

test("the CA's certificate is put on every load balancer before HAProxy reads it", async () => {
  const { resources } = await build({ ...balancer, caCertificate: authority });
  for (const member of ["lb-1", "lb-2"]) {
    const { inputs } = pick(resources, "Command", `api-${member}-ca`);
    expect(inputs.stdin).toBe(authority);
    expect(inputs.create).toContain("target='/etc/haproxy/kubernetes-ca.crt'");
    expect(inputs.create).toContain("systemctl try-reload-or-restart haproxy");
    expect(pick(resources, "Command", `api-${member}-haproxy-cfg`).dependsOn).toContain(
      `api-${member}-ca`,
    );
  }
  const without = await build();
  expect(without.resources.filter(({ name }) => name.endsWith("-ca"))).toEqual([]);
});

test("rejects a CA's key in the place of its certificate", async () => {
  const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n";
  expect(await refused({ caCertificate: key })).toMatchInlineSnapshot(`
    "KeepalivedLb "api" has 1 problem:
      caCertificate: found a private key, expected the CA's certificate; take ca.crt instead of ca.key, and replace a key that was shown to others"
  `);
});

test("HAProxy is never restarted, and steps aside before it hears of a new port for its check", async () => {
  const { resources } = await build();
  expect(pick(resources, "Command", "api-lb-1-health").inputs.create).not.toMatch(
    /systemctl (re)?start haproxy$/m,
  );
  expect(pick(resources, "Command", "api-lb-1-check").inputs.create).toContain(
    'owns && ! bash "$NEW"',
  );
  expect(pick(resources, "Command", "api-lb-1-haproxy-cfg").dependsOn).toContain("api-lb-1-check");
});

const text = (resources: Parameters<typeof pick>[0], name: string) =>
  (pick(resources, command, name).inputs as Record<string, { secret: string }>).stdin?.secret;

test("k3s: 401 counts as alive, and the nodes are told of the address", async () => {
  const { resources, result } = await build({ ...balancer, distribution: "k3s" });
  expect(text(resources, "api-lb-1-haproxy-cfg")).toContain("http-check expect status 200,401\n");
  expect(await resolvedValue(result.kubeadm)).toBeUndefined();
  expect(await resolvedValue(result.nodeConfiguration)).toMatchInlineSnapshot(`
    {
      "agent": "server: https://192.168.56.100:6443
    token: TOKEN
    ",
      "firstServer": "cluster-init: true
    token: TOKEN
    tls-san:
      - 192.168.56.100
      - 192.168.56.5
      - 192.168.56.6
    ",
      "server": "server: https://192.168.56.100:6443
    token: TOKEN
    tls-san:
      - 192.168.56.100
      - 192.168.56.5
      - 192.168.56.6
    ",
    }
  `);
});

test("RKE2: the supervisor is balanced, and follows the API of its own node", async () => {
  const { resources, result } = await build({ ...balancer, distribution: "rke2" });
  expect(text(resources, "api-lb-1-haproxy-cfg")).toContain(`frontend kubernetes-supervisors
  bind :9345
  default_backend kubernetes-supervisors

backend kubernetes-supervisors
  balance roundrobin
  timeout check 2s
  server master-1 192.168.56.10:9345 track kubernetes-masters/master-1
`);
  expect((await resolvedValue(result.nodeConfiguration))?.agent).toBe(
    "server: https://192.168.56.100:9345\ntoken: TOKEN\n",
  );
  const { rules: needed } = await resolvedValue(result.firewall);
  expect(needed.filter(({ port }) => port === 9345)).toMatchInlineSnapshot(`
    [
      {
        "from": [
          "192.168.56.10",
          "192.168.56.11",
          "192.168.56.12",
        ],
        "port": 9345,
        "protocol": "tcp",
        "to": [
          "192.168.56.100",
          "192.168.56.5",
          "192.168.56.6",
        ],
        "why": "clients of the supervisor, where nodes join",
      },
      {
        "from": [
          "192.168.56.5",
          "192.168.56.6",
        ],
        "port": 9345,
        "protocol": "tcp",
        "to": [
          "192.168.56.10",
          "192.168.56.11",
          "192.168.56.12",
        ],
        "why": "HAProxy to the supervisor, where nodes join",
      },
    ]
  `);
});

test("Talos: its own API is balanced where it is stated, and reached while an API server is down", async () => {
  const { resources, result } = await build({
    ...balancer,
    distribution: "talos",
    talosPort: 50000,
  });
  const written = text(resources, "api-lb-1-haproxy-cfg");
  expect(written).toContain("server master-1 192.168.56.10:50000 check inter 1s");
  expect(await resolvedValue(result.nodeConfiguration)).toMatchInlineSnapshot(`
    {
      "agent": "cluster:
      controlPlane:
        endpoint: https://192.168.56.100:6443
    ",
      "server": "machine:
      certSANs:
        - 192.168.56.100
        - 192.168.56.5
        - 192.168.56.6
    cluster:
      controlPlane:
        endpoint: https://192.168.56.100:6443
      apiServer:
        certSANs:
          - 192.168.56.100
          - 192.168.56.5
          - 192.168.56.6
    ",
    }
  `);
});

test("a client certificate is a secret file for root, and HAProxy's file waits for it", async () => {
  const clientCertificateFile = "/etc/haproxy/kubernetes-client.pem";
  const apiCheck = { clientCertificateFile };
  const { resources } = await build({
    ...balancer,
    distribution: "rke2",
    apiCheck,
    clientCertificate,
  });
  expect(text(resources, "api-lb-1-client-certificate")).toBe(clientCertificate);
  expect(text(resources, "api-lb-1-haproxy-cfg")).toContain(`crt ${clientCertificateFile} inter`);
  expect(waits(resources)).toContain("api-lb-1-haproxy-cfg: api-lb-1-check, api-lb-1-client-c");
  const facts = pick(resources, "KeepalivedLb", "api").inputs;
  expect(JSON.stringify(facts)).not.toContain("PRIVATE KEY");
});

test("rejects a check that would mark every healthy master down, and settings of another distribution", async () => {
  const messages = [
    await refused({ distribution: "k3s", apiCheck: { statuses: [200] } }),
    await refused({ distribution: "k3s", supervisorPort: 9345 }),
    await refused({ distribution: "talos", kubeadm: { version: "v1.34.4" } }),
    await refused({ distribution: "rke2", port: 9345 }),
    await refused({ clientCertificate }),
    await refused({
      apiCheck: { clientCertificateFile: "/etc/haproxy/client.pem" },
      clientCertificate: authority,
    }),
  ];
  expect(messages).toMatchInlineSnapshot(`
    [
      "KeepalivedLb "api" has 1 problem:
      apiCheck.statuses: found 200, but k3s starts its API servers with anonymous-auth=false, so each answers 401 to the check and every healthy master would be marked down; add 401, show a certificate (apiCheck.clientCertificateFile), or state apiCheck.anonymous: true where the API servers were told to answer",
      "KeepalivedLb "api" has 1 problem:
      supervisorPort: found 9345, but only RKE2 has this port; remove it, or state distribution: rke2",
      "KeepalivedLb "api" has 1 problem:
      kubeadm.version: found it beside distribution: talos, whose nodes kubeadm does not join; remove it; the output nodeConfiguration says what Talos has to be told",
      "KeepalivedLb "api" has 1 problem:
      supervisorPort: found 9345, which is port as well; choose another one",
      "KeepalivedLb "api" has 1 problem:
      apiCheck.clientCertificateFile: missing beside a client certificate; state e.g. /etc/haproxy/kubernetes-client.pem",
      "KeepalivedLb "api" has 1 problem:
      clientCertificate: found no private key beside the certificate, expected both in one text; append the key",
    ]
  `);
});

test("masters that are workers too are joined once, as masters without the taint", async () => {
  const masters = balancer.masters.map((host) => ({ ...host }));
  const { result } = await build({
    ...balancer,
    masters,
    workers: [...masters, { name: "worker-1", address: "192.168.56.20", node: "pve1" }],
  });
  const { joinConfigurations = {} } = (await resolvedValue(result.kubeadm)) ?? {};
  expect(Object.keys(joinConfigurations)).toEqual(["master-2", "master-3", "worker-1"]);
  expect(joinConfigurations["master-2"]).toContain("taints: []");
  expect(joinConfigurations["master-2"]).toContain("controlPlane:");
  expect(joinConfigurations["worker-1"]).not.toContain("taints");
  expect(
    await refused({ workers: [{ name: "master-1", address: "192.168.56.99", node: "pve1" }] }),
  ).toContain('found "master-1" a second time');
});
