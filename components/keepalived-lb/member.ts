import type { Command } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import { familyOf } from "../../model/network/address";
import { virtualAddresses } from "../../model/vrrp/group";
import { haproxyConf } from "../../templates/haproxy/haproxy";
import { installPackages } from "../../templates/host/install";
import { HAPROXY_PACKAGES } from "../../templates/host/packages";
import { haproxyService } from "../../templates/host/services";
import { word } from "../../templates/text";
import type { HostFile } from "../shared/host-files";
import { keepalivedFiles } from "../shared/keepalived-files";
import { commandIn, fileIn, type Scope } from "../shared/member-scope";
import { metricsFiles, metricsPackages } from "../shared/metrics-files";
import { healthOf } from "../shared/vrrp-member";
import type { ApiFacts } from "./facts";
import { API_SERVER_PORT } from "./firewall";
import type { LbKind } from "./options";

/** What a load balancer needs beside the plain facts. */
export interface BalancerInputs {
  password: pulumi.Output<string>;
  /** Text of the CA's certificate. @default it lies at `caFile` already */
  authority: pulumi.Input<string> | undefined;
}

const RELOAD_HAPROXY = "systemctl try-reload-or-restart haproxy";

/** Everything on one load balancer, ending with its health. */
export function configureBalancer(
  scope: Scope<LbKind>,
  name: string,
  facts: ApiFacts,
  inputs: BalancerInputs,
): Command {
  const service = haproxyService(facts);
  const names = [...HAPROXY_PACKAGES, ...metricsPackages(facts)];
  const packages = commandIn(scope, "packages", { script: installPackages(names) }, []);
  metricsFiles(scope, { name, facts, service }, [packages]);
  const keepalived = keepalivedFiles(scope, name, facts, service, [packages]);
  const authority = caFileOn(scope, facts.caFile, inputs.authority, [packages]);
  // With a new port of the statistics the check steps the member aside before HAProxy has it.
  const before = [keepalived.check, authority].flatMap((file) => (file ? [file.command] : []));
  const haproxy = fileIn(
    scope,
    "haproxyCfg",
    {
      path: "/etc/haproxy/haproxy.cfg",
      content: inputs.password.apply((secret) => haproxyOf(scope, facts, secret)),
      // HAProxy reads it as root, and it holds a password.
      mode: "0600",
      test: `${authority ? "" : caFileThere(facts.caFile)}haproxy -c -dW -f "$NEW"`,
      reload: RELOAD_HAPROXY,
    },
    [packages, ...before],
  );
  const files = { "haproxy.cfg": haproxy, ...keepalived, ...(authority && { ca: authority }) };
  return healthOf(scope, { name, facts, service, files, installed: {} }, []);
}

/** The CA's certificate, where its text is known. HAProxy reads it when it reads its configuration. */
function caFileOn(
  scope: Scope<LbKind>,
  path: string,
  content: pulumi.Input<string> | undefined,
  after: readonly pulumi.Resource[],
): HostFile | undefined {
  if (content === undefined) return undefined;
  return fileIn(scope, "caCertificate", { path, content, reload: RELOAD_HAPROXY }, after);
}

/** HAProxy's own words for a missing file do not say what to do. */
function caFileThere(path: string): string {
  const file = word(path, "ca file");
  return `{ [ -s ${file} ] || { echo "${file} is not there; set caCertificate, or copy /etc/kubernetes/pki/ca.crt of a master to it"; false; }; } && `;
}

function haproxyOf(scope: Scope<LbKind>, facts: ApiFacts, password: string): string {
  return haproxyConf({
    port: facts.port,
    ipv6: virtualAddresses(facts).some((address) => familyOf(address) === 6),
    masters: facts.masters.map(({ name, address }) => ({ name, address, port: API_SERVER_PORT })),
    caFile: facts.caFile,
    management: {
      address: facts.stats.address ?? scope.member.address,
      port: facts.stats.port,
      user: facts.stats.user,
      password,
      from: facts.management,
    },
  });
}
