import { expect, test } from "vitest";
import { weakPassword } from "../../../policy/rules/passwords";
import { pageTest } from "../page-test";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { command, container, keepalivedConf } from "../resources";

const haproxy = (auth: string) => `defaults
    timeout client 4h
listen stats
    bind 192.168.56.5:8404
    stats enable
    stats auth ${auth}
`;
const deployed = (name: string, host: string, text: string) => command(name, host, text);
const first = (name: string, vmId: number, password: string) =>
  container(name, vmId, "proxmox", `192.168.1.${vmId}`, {
    initialization: { hostname: name, userAccount: { password } },
  });
const vrrp = (host: number, vip: string, authPass: string, routerId = 51) =>
  deployed(
    `conf-${host}`,
    `192.168.1.${host}`,
    keepalivedConf({ priority: 250 - host, vip, authPass, routerId }),
  );

pageTest("weak-password", [
  command("lb1-haproxy", "192.168.56.5", "listen stats\n    stats auth admin:admin\n"),
]);

test("generated passwords pass, also when all members of one group have the same", async () => {
  const resources = [
    deployed("lb1", "192.168.56.5", haproxy("admin:qK7vN2xT9mPw4RzL")),
    deployed("lb2", "192.168.56.6", haproxy("admin:qK7vN2xT9mPw4RzL")),
    vrrp(5, "192.168.1.101/24", "qK7vN2xT"),
    vrrp(6, "192.168.1.101/24", "qK7vN2xT"),
    first("web", 110, "9mPw4RzLqK7vN2xT"),
  ];

  expect(await reported(weakPassword, resources)).toEqual([]);
});

test("rejects admin:admin on the statistics page, and the value is nowhere in the message", async () => {
  const messages = await reported(weakPassword, [
    deployed("lb1", "192.168.56.5", haproxy("ops:hunter2")),
  ]);

  expect(messages).toMatchInlineSnapshot(`
    [
      "[mandatory] weak-password: Command "lb1": the password "haproxy statistics user ops" has fewer than 12 characters; set a random one, for example from \`openssl rand -hex 24\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/weak-password.md)",
    ]
  `);
  expect(messages.join()).not.toContain("hunter2");
  expect(
    await reported(weakPassword, [deployed("lb1", "192.168.56.5", haproxy("admin:admin"))]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] weak-password: Command "lb1": the password "haproxy statistics user admin" is the name of its own user or service; set a random one, for example from \`openssl rand -hex 24\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/weak-password.md)",
    ]
  `);
});

test("rejects a userlist in clear text with a default, and leaves a hashed one alone", async () => {
  const userlist = (line: string) => deployed("lb1", "192.168.56.5", `userlist ops\n    ${line}\n`);

  expect(
    await reported(weakPassword, [userlist("user ops groups admin insecure-password changeme")]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] weak-password: Command "lb1": the password "haproxy userlist user ops" is a well-known default or one with decoration; set a random one, for example from \`openssl rand -hex 24\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/weak-password.md)",
    ]
  `);
  expect(
    await reported(weakPassword, [userlist("user ops password $6$k6y3o.eP$JlKBx9za9667")]),
  ).toEqual([]);
});

test("rejects 1111 as auth_pass, quoted or not, and a default cut to 8 characters", async () => {
  for (const authPass of ["1111", '"1111"', "changeme1234"]) {
    expect(await reported(weakPassword, [vrrp(5, "192.168.1.101/24", authPass)])).toHaveLength(1);
  }
});

test("rejects an auth_pass that two groups share, even after the 8th character", async () => {
  const resources = [
    vrrp(5, "192.168.1.101/24", "qK7vN2xTaaaa"),
    vrrp(6, "192.168.1.101/24", "qK7vN2xTaaaa"),
    vrrp(7, "192.168.1.102/24", "qK7vN2xTbbbb", 52),
    vrrp(8, "192.168.1.102/24", "qK7vN2xTbbbb", 52),
  ];

  expect(await reported(weakPassword, resources)).toMatchInlineSnapshot(`
    [
      "[mandatory] weak-password: Command "conf-7": "keepalived auth_pass of 192.168.1.101/24" and "keepalived auth_pass of 192.168.1.102/24" have the same password, so whoever knows one has both; set a random one for each, for example from \`openssl rand -hex 24\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/weak-password.md)",
    ]
  `);
});

test("rejects a default first password of a guest", async () => {
  expect(await reported(weakPassword, [first("web", 110, "Password1")])).toMatchInlineSnapshot(`
    [
      "[mandatory] weak-password: ContainerLegacy "web": the password "first password of web" is a well-known default or one with decoration; set a random one, for example from \`openssl rand -hex 24\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/weak-password.md)",
    ]
  `);
});

test("advises when guests start with one password", async () => {
  const guests = [first("web", 110, "9mPw4RzLqK7vN2xT"), first("db", 111, "9mPw4RzLqK7vN2xT")];

  expect(await reported(weakPassword, guests)).toMatchInlineSnapshot(`
    [
      "[advisory] weak-password-advice: ContainerLegacy "web": "first password of db" and "first password of web" have the same password, so whoever knows one has both; set a random one for each, for example from \`openssl rand -hex 24\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/weak-password.md)",
    ]
  `);
});

test("a password that is not known yet is no weak one", async () => {
  const later = first("web", 110, unknown.text);

  expect(await reported(weakPassword, [{ ...later, props: proxied(later.props) }])).toEqual([]);
});

test("a file that only mentions users and passwords is not HAProxy's", async () => {
  const notes = deployed("notes", "192.168.1.5", "user admin insecure-password admin\n");

  expect(await reported(weakPassword, [notes])).toEqual([]);
});

test("quotes do not hide a password, and a variable is none", async () => {
  const says = (auth: string) =>
    reported(weakPassword, [deployed("lb1", "192.168.56.5", haproxy(auth))]);
  for (const auth of ['"admin:admin"', "'admin:admin'", 'admin:"admin"', "admin\\x3aadmin"]) {
    expect(await says(auth)).toHaveLength(1);
  }
  expect(await says(`"admin:\${ADMIN_PASSWORD}"`)).toEqual([]);
});
