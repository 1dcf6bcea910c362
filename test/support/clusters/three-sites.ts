import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { root } from "../../structure/sources";
import { put } from "./stacks";

/** A change of a stack file below `homelab:sites`. */
export type SiteChange = [path: (string | number)[], value: unknown];

const addresses = ["192.168.2.21", "192.168.2.22"];

/** The example with three sites, of which two have a pair of one name, with further changes. */
export function threeSites(...changes: SiteChange[]): string {
  const data = parse(readFileSync(join(root, "examples/Pulumi.three-sites.yaml"), "utf8"));
  const sites = data.config["homelab:sites"];
  const { guests, traefikPairs } = sites.home;
  const members = Object.fromEntries(
    addresses.map((address, index) => {
      const name = `traefik-${index + 1}`;
      return [name, { ...guests[name], address }];
    }),
  );
  Object.assign(sites.parents.guests, members);
  const { traefik } = traefikPairs;
  sites.parents.traefikPairs = {
    traefik: {
      ...traefik,
      vip: "192.168.2.20/24",
      routes: { ha: { host: "ha.example.org", servers: ["http://192.168.2.30:8123"] } },
    },
  };
  for (const [path, value] of changes) put(sites, path, value);
  return stringify(data);
}
