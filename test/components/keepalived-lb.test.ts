import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { KeepalivedLb, type KeepalivedLbArgs } from "../../components/keepalived-lb";
import { pick, record, refusal, settledValue } from "./recorder";
import { balancer, listed, waits } from "./vrrp-data";

const build = (args: KeepalivedLbArgs = balancer) => record(() => new KeepalivedLb("api", args));
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
    "api-lb-2-packages: 
    api-lb-2-check: api-lb-2-packages
    api-lb-2-notify: api-lb-2-packages
    api-lb-2-logrotate: api-lb-2-packages
    api-lb-2-keepalived-drop-in: api-lb-2-packages
    api-lb-2-haproxy-cfg: api-lb-2-check, api-lb-2-packages
    api-lb-2-keepalived-conf: api-lb-2-check, api-lb-2-notify
    api-lb-2-health: api-lb-2-check, api-lb-2-haproxy-cfg, api-lb-2-keepalived-conf, api-lb-2-keepalived-drop-in, api-lb-2-logrotate, api-lb-2-notify
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
      "interface": "eth1",
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
          "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKey",
          "name": "lb-1",
          "node": "pve1",
          "priority": 150,
        },
        {
          "address": "192.168.56.6",
          "debian": 12,
          "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKey",
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
  expect(await settledValue(result.endpoint)).toBe("192.168.56.100:6443");
  expect(await settledValue(result.certificateSans)).toEqual([
    "192.168.56.100",
    "192.168.56.5",
    "192.168.56.6",
  ]);
});

test("masters on one node are a warning", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const masters = balancer.masters.map((master) => ({ ...master, node: "pve1" }));
  await build({ ...balancer, masters });
  const messages = warn.mock.calls.map(([message]) => message);
  warn.mockRestore();
  expect(messages).toEqual([
    'all 3 masters are on the node "pve1", so its death takes the whole API down; spread them over 3 nodes',
  ]);
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
  "a default password": { statsPassword: "admin" },
  "no password": { statsPassword: undefined },
};

test("rejects bad arguments before anything is registered, and shows no password", async () => {
  const messages: Record<string, string> = {};
  for (const [what, change] of Object.entries(rejections)) messages[what] = await refused(change);
  expect(messages).toMatchInlineSnapshot(`
    {
      "a default password": "KeepalivedLb "api" has 1 problem:
      statsPassword: the password "statsPassword of stats" is a well-known default or one with decoration; set a random one, for example from \`openssl rand -hex 24\`",
      "a master twice": "KeepalivedLb "api" has 2 problems:
      masters[2].name: found "master-1" a second time, expected a different name for each master; correct it
      masters[2].address: found "192.168.56.10" a second time, expected a different address for each master; correct it",
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
