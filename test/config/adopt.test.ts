import { expect, test } from "vitest";
import { parseStack } from "../../config/parse";
import { put, stackData } from "../support/clusters/stacks";

/** Problems of the real stack file with one value set. */
function problemsWith(path: (string | number)[], value: unknown): string[] {
  const data = stackData("homelab");
  put(data, path, value);
  const parsed = parseStack(data);
  return parsed.stack
    ? []
    : parsed.problems.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
}

const group = ["haGroups", "reverse-proxy"];
const jobs = (target: string) => ({
  everyMinutes: 15,
  jobs: { traefik: [{ number: 0, target }], "traefik-2": [{ number: 7, target: "proxmox2" }] },
});

test("what was there before can be stated", () => {
  expect(problemsWith([...group, "perGuest"], { traefik: { maxRestart: "default" } })).toEqual([]);
  expect(problemsWith([...group, "groupId"], "Prod_HA")).toEqual([]);
  expect(problemsWith([...group, "ruleIds"], { "ha-group-reverse-proxy": "x.y" })).toEqual([]);
  expect(problemsWith([...group, "unranked"], ["proxmox2"])).toEqual([]);
  expect(problemsWith([...group, "replication"], jobs("proxmox3"))).toEqual([]);
  expect(problemsWith(["cluster", "backup", "existingJobs"], ["nightly"])).toEqual([]);
});

test("rejects names of nothing, ids that Proxmox does not take, and a node without a replica", () => {
  expect([
    ...problemsWith([...group, "perGuest"], { traefk: { maxRestart: 1 } }),
    ...problemsWith([...group, "perGuest"], { traefik: { maxRestart: 11 } }),
    ...problemsWith([...group, "groupId"], "-x"),
    ...problemsWith([...group, "unranked"], ["proxmox9"]),
    ...problemsWith([...group, "replication"], jobs("proxmox9")),
    ...problemsWith([...group, "replication"], jobs("proxmox")),
  ]).toMatchInlineSnapshot(`
    [
      "haGroups.reverse-proxy.perGuest.traefk: "traefk" is not a guest of this group; did you mean "traefik"?",
      "haGroups.reverse-proxy.perGuest.traefik.maxRestart: found 11, expected restarts from 0 to 10; write a whole number from 0 to 10",
      "haGroups.reverse-proxy.groupId: found "-x", expected an id of Proxmox (letters, digits, "-", "_" and ".", a letter first, at least two); copy it from Datacenter, HA",
      "haGroups.reverse-proxy.unranked.0: there is no node "proxmox9" in homelab:cluster.nodes; did you mean "proxmox"?",
      "haGroups.reverse-proxy.replication.jobs.traefik.0.target: there is no node "proxmox9" in homelab:cluster.nodes; did you mean "proxmox"?",
      "haGroups.reverse-proxy.guests.0: traefik (ct:110) is under HA, and its ZFS disk on proxmox2 is not replicated to proxmox3, where HA may start it; set replication for its group, or take proxmox3 out of the nodes it may run on (strict)",
      "haGroups.reverse-proxy.guests.0: traefik (ct:110) is under HA, and its ZFS disk on proxmox2 is not replicated to proxmox3, where HA may start it; set replication for its group, or take proxmox3 out of the nodes it may run on (strict)",
    ]
  `);
});
