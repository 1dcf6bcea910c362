import type { Command } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import { API_CHECKS } from "../../model/haproxy/check";
import { apiCheckOf, DISTRIBUTION, secondPortOf } from "../../model/kubernetes/distribution";
import { familyOf } from "../../model/network/address";
import { virtualAddresses } from "../../model/vrrp/group";
import { haproxyConf } from "../../templates/haproxy/haproxy";
import { installPackages } from "../../templates/host/install";
import { HAPROXY_PACKAGES } from "../../templates/host/packages";
import { haproxyService } from "../../templates/host/services";
import { word } from "../../templates/text";
import { handoverPackages } from "../shared/handover-files";
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
  /** Client certificate with its key, a secret. @default none is shown, or it lies there already */
  clientCertificate: pulumi.Output<string> | undefined;
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
  const names = [...HAPROXY_PACKAGES, ...handoverPackages(facts), ...metricsPackages(facts)];
  const packages = commandIn(scope, "packages", { script: installPackages(names) }, []);
  metricsFiles(scope, { name, facts, service }, [packages]);
  const keepalived = keepalivedFiles(scope, name, facts, service, [packages]);
  const authority = caFileOn(scope, facts.caFile, inputs.authority, [packages]);
  const client = clientCertificateOn(scope, facts, inputs.clientCertificate, [packages]);
  // With a new port of the statistics the check steps the member aside before HAProxy has it.
  const before = [keepalived.check, authority, client].flatMap((file) =>
    file ? [file.command] : [],
  );
  const haproxy = fileIn(
    scope,
    "haproxyCfg",
    {
      path: "/etc/haproxy/haproxy.cfg",
      content: inputs.password.apply((secret) => haproxyOf(scope, facts, secret)),
      // HAProxy reads it as root, and it holds a password.
      mode: "0600",
      test: `${authority ? "" : caFileThere(facts)}${client ? "" : clientFileThere(facts)}haproxy -c -dW -f "$NEW"`,
      reload: RELOAD_HAPROXY,
    },
    [packages, ...before],
  );
  const files = {
    "haproxy.cfg": haproxy,
    ...keepalived,
    ...(authority && { ca: authority }),
    ...(client && { client }),
  };
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

/** The client certificate with its key, where they are known. */
function clientCertificateOn(
  scope: Scope<LbKind>,
  { apiCheck }: ApiFacts,
  content: pulumi.Output<string> | undefined,
  after: readonly pulumi.Resource[],
): HostFile | undefined {
  const path = apiCheck?.clientCertificateFile;
  if (content === undefined || path === undefined) return undefined;
  const file = { path, content, mode: "0600", reload: RELOAD_HAPROXY };
  return fileIn(scope, "clientCertificate", file, after);
}

/** HAProxy's own words for a missing file do not say what to do. */
function caFileThere({ caFile, distribution = "kubeadm" }: ApiFacts): string {
  const { ca } = DISTRIBUTION[distribution];
  const from = ca.startsWith("/") ? `${ca} of a master` : ca;
  return there(caFile, `set caCertificate, or copy ${from} to it`);
}

function clientFileThere({ apiCheck }: ApiFacts): string {
  const path = apiCheck?.clientCertificateFile;
  const fix =
    "set the secret homelab:secrets.apiClientCertificates.<name>, or put certificate and key there";
  return path === undefined ? "" : there(path, fix);
}

function there(path: string, fix: string): string {
  const file = word(path, "file");
  return `{ [ -s ${file} ] || { echo "${file} is not there; ${fix}"; false; }; } && `;
}

function haproxyOf(scope: Scope<LbKind>, facts: ApiFacts, password: string): string {
  return haproxyConf({
    port: facts.port,
    ipv6: virtualAddresses(facts).some((address) => familyOf(address) === 6),
    masters: facts.masters.map(({ name, address }) => ({ name, address, port: API_SERVER_PORT })),
    caFile: facts.caFile,
    check: apiCheckOf(facts),
    pace: API_CHECKS[facts.profile],
    second: secondPortOf(facts),
    management: {
      address: facts.stats.address ?? scope.member.address,
      port: facts.stats.port,
      user: facts.stats.user,
      password,
      from: facts.management,
    },
  });
}
