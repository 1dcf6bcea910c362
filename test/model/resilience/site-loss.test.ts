import { expect, test } from "vitest";
import { type SiteParts, siteLoss } from "../../../model/resilience/site-loss";

const site = (name: string, parts: Partial<SiteParts> = {}): SiteParts => ({
  name,
  ranges: [],
  routedTo: [],
  services: [],
  publicNames: [],
  leads: [],
  ...parts,
});

const home = site("home", {
  ranges: ["192.168.1.0/24"],
  routedTo: ["parents"],
  services: ["traefikPairs.traefik", "photos"],
  publicNames: ["photos.example.org"],
  leads: [
    { from: "route ha of traefikPairs.traefik", address: "192.168.2.30" },
    { from: "route nas of traefikPairs.traefik", address: "nas.example.org" },
  ],
});
const parents = site("parents", { ranges: ["192.168.2.0/24"], services: ["home-assistant"] });
const cottage = site("cottage", {
  ranges: ["192.168.2.0/24"],
  services: ["camera"],
  leads: [{ from: "route home of traefikPairs.cottage", address: "192.168.1.30" }],
});
const sites = [home, parents, cottage];

test("a lost site takes its services and public names down, and what leads into it", () => {
  expect(siteLoss(sites, ["parents"])).toEqual({
    lost: ["parents"],
    down: ["parents/home-assistant"],
    publicNames: [],
    broken: [
      {
        site: "home",
        into: "parents",
        from: "route ha of traefikPairs.traefik",
        address: "192.168.2.30",
      },
    ],
    left: [
      { site: "home", services: ["traefikPairs.traefik", "photos"] },
      { site: "cottage", services: ["camera"] },
    ],
  });
  expect(siteLoss(sites, ["home"]).publicNames).toEqual(["photos.example.org"]);
});

test("an address of a site that is not routed leads to another host of that address", () => {
  // 192.168.2.30 of home is in the networks of the cottage too, and 192.168.1.30 of the cottage in home's.
  expect(siteLoss(sites, ["cottage"]).broken).toEqual([]);
  expect(siteLoss(sites, ["home"]).broken).toEqual([]);
});

test("with all sites gone none is left", () => {
  const all = siteLoss(sites, ["home", "cottage", "parents"]);
  expect([all.left, all.broken, all.down.length]).toEqual([[], [], 4]);
});
