import { expect, test } from "vitest";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { resolveStack } from "../../config/resolve";
import { placeholderHostKey } from "../../model/host/host-key";
import { put, stackData, stackOf } from "../support/clusters/stacks";

type Change = [path: (string | number)[], value?: unknown];

function changed(name: string, ...changes: Change[]): Record<string, unknown> {
  const data = stackData(name);
  for (const [path, value] of changes) put(data, path, value);
  return data;
}

const problems = (data: unknown) => {
  const parsed = parseStack(data);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
};

const pair = ["traefikPairs", "traefik"];

test("what is worked out and what is stated with the same values are the same stack", () => {
  const stated = changed(
    "two-nodes",
    [["cluster", "name"], "two"],
    [[...pair, "interface"], "eth0"],
    [[...pair, "virtualRouterId"], 20],
    [[...pair, "members", 0, "priority"], 200],
    [[...pair, "members", 1, "priority"], 190],
    ...["traefik-1", "traefik-2", "dns-1", "dns-2", "home-assistant"].map(
      (guest): Change => [["guests", guest, "purpose"], guest],
    ),
  );
  expect(resolveStack(stackOf(stated))).toEqual(resolveStack(stackOf(stackData("two-nodes"))));
});

test("a stack without backups makes no backup job, and promises no restore", () => {
  const resolved = resolveStack(stackOf(changed("two-nodes", [["cluster", "backup"]])));
  const groups = Object.values(resolved.haGroups);
  const saved = [...resolved.guestsOutsideHa.guests, ...groups.flatMap(({ guests }) => guests)];
  expect(saved.filter(({ backup }) => backup)).toEqual([]);
  expect([resolved.guestsOutsideHa, ...groups].filter((one) => "backup" in one)).toEqual([]);
});

test("rejects priorities of which some are stated and some are not", () => {
  expect(problems(changed("two-nodes", [[...pair, "members", 1, "priority"], 150]))).toEqual([
    "homelab:traefikPairs.traefik.members[0].priority: missing, expected a VRRP priority from 1 to 254, since members[1] states one; add it, or leave all of them out",
  ]);
});

test("a placeholder for a host key is a warning, and only at a host that is logged in to", () => {
  const key = (guest: string): Change => [["guests", guest, "hostKey"], placeholderHostKey(guest)];
  expect(problems(changed("two-nodes", key("traefik-2"), key("dns-1")))).toEqual([
    'homelab:guests.traefik-2.hostKey: is the placeholder that `homelab init` wrote, so a connection to "traefik-2" is refused; put in the first two words of /etc/ssh/ssh_host_ed25519_key.pub on that host',
  ]);
});

const created = (): Change => [
  ["guests", "dns-1"],
  {
    vmid: 120,
    type: "ct",
    node: "pve1",
    address: "192.168.1.31",
    storage: "local-zfs",
    create: {
      template: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
      diskGb: 4,
      memoryMb: 512,
      cores: 1,
    },
  },
];

test("a created guest has the gateway of its segment unless it states one", () => {
  const gateway = (...changes: Change[]) =>
    resolveStack(stackOf(changed("two-nodes", created(), ...changes))).createdGuests["dns-1"]
      ?.create.gateway;
  expect(gateway()).toBe("192.168.1.1");
  expect(gateway([["guests", "dns-1", "create", "gateway"], "192.168.1.254"])).toBe(
    "192.168.1.254",
  );
});

test("rejects a created guest without a gateway, and an address that is the gateway's", () => {
  const lan = ["cluster", "segments", "lan"];
  expect(problems(changed("two-nodes", created(), [[...lan, "gateway"]]))).toEqual([
    "homelab:guests.dns-1.create.gateway: missing, and the guest's segment states none either; add it here, or as gateway of the segment in homelab:cluster.segments",
  ]);
  expect(problems(changed("two-nodes", [[...lan, "gateway"], "192.168.1.21"]))).toEqual([
    'homelab:guests.traefik-1.address: 192.168.1.21 is host "traefik-1" and also host "gateway of lan" (cluster.segments.lan.gateway), so both answer for it; give one of them another address',
  ]);
});
