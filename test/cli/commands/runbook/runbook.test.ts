import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { houseOf } from "../../../../cli/commands/runbook/house";
import { runbookText } from "../../../../cli/commands/runbook/text";
import { homelabCommand } from "../../../../cli/homelab";
import { procedures } from "../../../../model/runbook/runbook";
import type { House } from "../../../../model/runbook/types";
import { root } from "../../../support/clusters/homelab";
import { put, stackData, stackOf } from "../../../support/clusters/stacks";

const stacks = readdirSync(root).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);

const house = (stack: string): House => houseOf(stack, stackOf(stackData(stack)));

/** Every command of a runbook, as words. */
const commandsOf = (stack: string) =>
  procedures(house(stack)).flatMap(({ id, steps }) =>
    steps.flatMap(({ commands = [] }) => commands.map((line) => ({ id, line }))),
  );

/** Units that a procedure may name: those of the members. */
const unitsOf = ({ pairs }: House) =>
  new Set(["keepalived", "lsyncd", ...pairs.map(({ daemon }) => daemon)]);

/** What may be run on a host, and what its words have to be. */
const onHosts: Record<string, (words: string[], house: House) => boolean> = {
  pvecm: ([verb = "", name], { quorumDevice }) =>
    (verb === "qdevice" && name === "remove" && quorumDevice !== undefined) ||
    (/^(status|expected|delnode|add)$/.test(verb) && (verb === "status" || name !== undefined)),
  "ha-manager": (words, { nodes }) =>
    words.join(" ") === "status" ||
    (/^crm-command node-maintenance (enable|disable)$/.test(words.slice(0, 3).join(" ")) &&
      nodes.some(({ name }) => name === words[3])),
  pvesr: (words) => words.join(" ") === "status",
  zpool: (words) => words.join(" ") === "status -x",
  journalctl: () => true,
  systemctl: ([verb = "", ...units], one) =>
    verb === "reboot" ||
    (/^(status|start|stop|restart)$/.test(verb) &&
      units.length > 0 &&
      units.every((unit) => unitsOf(one).has(unit))),
  tail: (words) => words.at(-1) === "/var/log/lsyncd.log",
  ping: (words, { pairs }) =>
    pairs.some(({ members }) => members.some(({ address }) => address === words.at(-1))),
};

test.each(stacks)(
  "%s: every command for a host exists and goes to a host of the stack",
  (stack) => {
    const one = house(stack);
    const addresses = new Set([
      "NEW-ADDRESS",
      ...one.nodes.map(({ address }) => address),
      ...one.pairs.flatMap(({ members }) => members.map(({ address }) => address)),
    ]);
    const remote = commandsOf(stack).filter(({ line }) => line.startsWith("ssh "));
    expect(remote.length).toBeGreaterThan(10);
    for (const { id, line } of remote) {
      const [, target = "", program = "", ...words] = line.replace("ssh -t ", "ssh ").split(" ");
      const [user, address = ""] = target.split("@");
      expect([id, line, user, addresses.has(address)]).toEqual([id, line, one.user, true]);
      // A loop of the shell over certificates.
      if (program === '"for') continue;
      expect([id, line, onHosts[program]?.(words, one) ?? false]).toEqual([id, line, true]);
    }
  },
);

test.each(stacks)(
  "%s: every homelab command exists with its options, and names what is there",
  (stack) => {
    const known = new Map(homelabCommand().commands.map((command) => [command.name(), command]));
    const own = commandsOf(stack).filter(({ line }) => line.startsWith("homelab "));
    expect(own.length).toBeGreaterThan(5);
    const places = new Set(house(stack).pairs.map(({ place }) => place));
    for (const { line } of own) {
      const [, name = "", ...words] = line.split(" ");
      const command = known.get(name);
      const options = new Set(command?.options.map(({ long }) => long));
      const wrong = words.filter((word) => word.startsWith("--") && !options.has(word));
      expect([line, command?.name(), wrong]).toEqual([line, name, []]);
      const pair = words[words.indexOf("--pair") + 1];
      if (words.includes("--pair")) expect([line, places.has(pair ?? "")]).toEqual([line, true]);
    }
  },
);

test("each node has its loss, its reboot and its replacement, and links lead somewhere", () => {
  const one = house("homelab");
  const ids = procedures(one).map(({ id }) => id);
  for (const { name } of one.nodes) {
    expect(ids).toEqual(
      expect.arrayContaining([`node-lost-${name}`, `planned-reboot-${name}`, `replace-${name}`]),
    );
  }
  expect(new Set(ids).size).toBe(ids.length);
  const text = runbookText(one, procedures(one));
  for (const [, id] of text.matchAll(/\]\(#([^)]+)\)/g))
    expect(text).toContain(`<a id="${id}"></a>`);
});

test("the loss of a node says what the model says: what moves where, what stays off", () => {
  const text = runbookText(house("homelab"), procedures(house("homelab")));
  expect(text).toContain("HA fences proxmox2 and then starts influxdb on proxmox");
  expect(text).toContain(
    "Off until proxmox2 is back or somebody acts: traefik (only proxmox3 is left for it",
  );
});

test("what a house does not have is not in its runbook", () => {
  const bare: House = { ...house("homelab"), pairs: [], tunnels: [], zfs: [], guests: [] };
  const ids = procedures(bare).map(({ id }) => id);
  for (const id of [
    "address-missing",
    "two-masters",
    "tunnel-down",
    "stale-replica",
    "certificate-expired",
  ]) {
    expect(ids).not.toContain(id);
  }
  expect(runbookText(bare, procedures(bare))).not.toContain("zpool");
});

test("a certificate's section names who renews it", () => {
  const one = house("homelab");
  const [pair, ...rest] = one.pairs;
  if (!pair) throw new Error("the stack has no pair");
  const certificates = { directory: "/etc/traefik/certificates", owner: "traefik" };
  const found = procedures({ ...one, pairs: [{ ...pair, certificates }, ...rest] });
  const section = found.find(({ id }) => id === "certificate-expired");
  expect(section?.steps[0]?.text).toContain("traefik renews what is in /etc/traefik/certificates");
});

/** Commands that change something for good, or stop something: none may be run by pasting what stands before it. */
const grave =
  /systemctl (reboot|restart|stop)|pvecm (delnode|expected|qdevice)|rollback (?!.*--dry-run)|pulumi up/;

test.each(stacks)(
  "%s: what is grave stands in a step of its own, with its own sentence",
  (stack) => {
    for (const { id, steps } of procedures(house(stack))) {
      for (const { text, commands = [] } of steps) {
        const some = commands.filter((line) => grave.test(line));
        // Members of one pair get the same; no step mixes that with a look or with another kind.
        const kinds = new Set(some.map((line) => line.replace(/^ssh (-t )?\S+ /, "")));
        const mixed = some.length > 0 && (some.length < commands.length || kinds.size > 1);
        expect([id, text, mixed]).toEqual([id, text, false]);
      }
    }
  },
);

test("with several pairs each command stands in a step that names its pair", () => {
  const one = house("homelab");
  expect(one.pairs.length).toBeGreaterThan(1);
  const found = procedures(one);
  for (const id of ["address-missing", "two-masters", "member-unhealthy"]) {
    for (const { text, commands = [] } of found.find((each) => each.id === id)?.steps ?? []) {
      const whose = one.pairs.filter(({ members }) =>
        members.some(({ address }) => commands.some((line) => line.includes(`@${address} `))),
      );
      if (whose.length === 0) continue;
      expect([id, text, whose.length, text.startsWith(`${whose[0]?.place}: `)]).toEqual([
        id,
        text,
        1,
        true,
      ]);
    }
  }
});

test("copies are started on the member that makes them, whoever is preferred", () => {
  const data = stackData("two-nodes") as never;
  put(
    data,
    ["traefikPairs", "traefik", "members"],
    [
      { guest: "traefik-1", priority: 100 },
      { guest: "traefik-2", priority: 150 },
    ],
  );
  put(data, ["traefikPairs", "traefik", "replication"], {});
  const one = houseOf("two-nodes", stackOf(data));
  expect(one.pairs[0]?.members[0]?.name).toBe("traefik-2");
  const lines = procedures(one)
    .find(({ id }) => id === "replication-stopped")
    ?.steps.flatMap(({ commands = [] }) => commands);
  expect(lines).toContain("ssh root@192.168.1.21 systemctl restart lsyncd");
  expect(lines?.join("\n")).not.toContain("192.168.1.22 systemctl");
});

test("files that were changed elsewhere are saved before the copies start again", () => {
  const one = house("homelab");
  const steps = procedures(one).find(({ id }) => id === "replication-stopped")?.steps ?? [];
  const at = (word: string) => steps.findIndex((step) => JSON.stringify(step).includes(word));
  expect(at("overwritten by the copy")).toBeLessThan(at("restart lsyncd"));
});

test("a house with one node is told of no other", () => {
  const one = house("two-nodes");
  const [node] = one.nodes;
  if (!node) throw new Error("the stack has no node");
  const alone: House = { ...one, nodes: [node], losses: one.losses.slice(0, 1) };
  const text = JSON.stringify(procedures(alone));
  expect(text).toContain("It is the only node");
  expect(text).not.toMatch(/node-maintenance|pvecm (add|delnode)|from another node/);
});

test("who HA cannot move is named, and nobody waits for that one", () => {
  const reboot = procedures(house("homelab")).find(({ id }) => id === "planned-reboot-proxmox2");
  const texts = reboot?.steps.map(({ text }) => text);
  expect(texts).toContain(
    "Wait: ask again until nothing under HA but traefik is on proxmox2 any more. A reboot before that stops the others.",
  );
  expect(texts).toContain(
    "HA has no other node for traefik: off until proxmox2 is back. Then reboot.",
  );
  const free = procedures(house("five-nodes")).find(({ id }) => id === "planned-reboot-pve1");
  expect(free?.steps.map(({ text }) => text)).toContain(
    "Wait: ask again until no guest is on pve1 any more. A reboot before that stops them.",
  );
});

test("a QDevice is taken out after the dead node and before the new one", () => {
  const order = (stack: string, node: string) =>
    commandsOf(stack)
      .filter(({ id, line }) => id === `replace-${node}` && line.includes(" pvecm "))
      .map(({ line }) => line.replace(/^.* pvecm /, ""));
  expect(order("two-nodes", "pve1")).toEqual([
    "delnode pve1",
    "qdevice remove",
    "add 192.168.1.12",
  ]);
  expect(order("five-nodes", "pve1")).toEqual(["delnode pve1", expect.stringMatching(/^add /)]);
  const again = procedures(house("two-nodes")).find(({ id }) => id === "replace-pve1")?.steps;
  expect(again?.map(({ text }) => text).join(" ")).toContain(
    "`pvecm qdevice setup ADDRESS`, with the address of pi",
  );
});
