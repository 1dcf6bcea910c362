import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../machine/host";

/** Name that is looked up, and its address. */
export const NAME = "router.lab.test";
export const NAME_ADDRESS = "10.77.0.1";

/** Packages of a member beside those of the image. */
export const RESOLVER_PACKAGES = ["bind9-dnsutils", "unbound"];

/** Configuration of unbound that the lab writes. */
export const CONF = "/etc/unbound/unbound.conf.d/lab.conf";

const SERVER = `server:
  interface: 0.0.0.0
  interface-automatic: yes
  access-control: 10.77.0.0/24 allow
  module-config: "iterator"
  do-not-query-localhost: no
`;

/** A resolver that knows the name by itself. */
export const ANSWERS = `${SERVER}  local-zone: "lab.test." static
  local-data: "${NAME}. A ${NAME_ADDRESS}"
`;

/** One whose upstream refuses connections: SERVFAIL. */
export const REFUSES = `${SERVER}  local-zone: "test." nodefault
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@9
`;

/** Puts the configuration on a host's disk; nothing of it needs a network. */
export function installResolver(host: LabHost): void {
  writeFileSync(join(host.root, CONF), ANSWERS);
  rmSync(join(host.root, "etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf"), {
    force: true,
  });
  writeFileSync(join(host.root, "etc/default/unbound"), "ROOT_TRUST_ANCHOR_UPDATE=false\n");
}
