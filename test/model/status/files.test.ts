import { expect, test } from "vitest";
import type { AddressReading } from "../../../model/status/address-reading";
import { type DeployedFiles, judgeFiles } from "../../../model/status/files";
import type { MemberReading } from "../../../model/status/member-reading";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const conf = "/etc/keepalived/keepalived.conf";

const member = (name: string, files?: MemberReading["files"]): MemberReading => ({
  name,
  priority: 100,
  hasAddress: false,
  units: {},
  certificates: [],
  servers: [],
  ...(files && { files }),
});

const pair = (...members: MemberReading[]): AddressReading => ({
  place: "traefikPairs.traefik",
  vip: "192.168.1.101",
  preempt: true,
  members,
  takenAt: 0,
});

const deployed = (secret = 0): DeployedFiles => ({
  files: [
    { host: "one", path: conf, sha256: A, urn: "urn:one" },
    { host: "two", path: conf, sha256: A, urn: "urn:two" },
  ],
  secret,
});

const said = (from: DeployedFiles, ...members: MemberReading[]) =>
  judgeFiles(from, [pair(...members)]).map(
    ({ level, subject, text }) => `${level} ${subject}: ${text}`,
  );

const same = [{ path: conf, sha256: A }];

test.each([
  [
    "as they were left",
    deployed(),
    [member("one", same), member("two", same)],
    ["ok files: 2 files are as the last `up` left them"],
  ],
  [
    "changed on one member",
    deployed(),
    [member("one", [{ path: conf, sha256: B }]), member("two", same)],
    [`warning one: not as the last \`up\` left it: ${conf}`],
  ],
  [
    "gone",
    deployed(),
    [member("one", [{ path: conf }]), member("two", same)],
    [`warning one: not as the last \`up\` left it: ${conf} (gone)`],
  ],
  [
    "told by one member only, and one with a secret",
    deployed(1),
    [member("one", same), member("two")],
    [
      "ok files: 1 files are as the last `up` left them, 1 more not told by their hosts; 1 with a secret not compared",
    ],
  ],
  [
    "told by nobody",
    deployed(),
    [member("one"), member("two")],
    ["unknown files: no member told of its files, so none was compared with the last `up`"],
  ],
  [
    "of a state that cannot be read",
    { unknown: "no stack" },
    [member("one", same)],
    ["unknown files: not compared with the last `up`: no stack"],
  ],
  [
    "that another stack wrote",
    deployed(),
    [member("one", [...same, { path: "/etc/other", sha256: B }]), member("two", same)],
    ["ok files: 2 files are as the last `up` left them"],
  ],
] as const)("files %s", (_name, from, members, expected) => {
  expect(said(from, ...members)).toEqual(expected);
});

test("a changed file comes with what writes it again", () => {
  const [item] = judgeFiles(deployed(), [pair(member("one", [{ path: conf, sha256: B }]))]);
  expect(item?.fix).toContain("pulumi state taint 'urn:one' --yes, then pulumi up");
});

test("a stack without pairs has no files to compare", () => {
  expect(judgeFiles({ unknown: "no stack" }, [])).toEqual([]);
});
