import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { apiLoadBalancerFields } from "../config/api-load-balancers";
import { ipv4, name as nameAtom } from "../config/network";
import { settled } from "../config/profiles";
import { findingText } from "../model/finding";
import { judgePassword } from "../model/secrets-check";
import { haproxyConf } from "../templates/haproxy";
import { installPackages } from "../templates/install";
import { haproxyService } from "../templates/services";
import type { HostFile, SshArgs } from "./host-files";
import { keepalivedFiles } from "./keepalived-files";
import { commandIn, fileIn, rollOut, type Scope } from "./member-scope";
import { parseArgs, refuse, refuseErrors } from "./parse-args";
import type { Transform } from "./transform";
import { addressOf, healthOf, judgeMembers, type VrrpTransforms, vrrpFacts } from "./vrrp-member";

const { port, caFile, caCertificate, stats } = apiLoadBalancerFields;
const masterSchema = z.object({ name: nameAtom, address: ipv4, node: nameAtom });

const factsSchema = z
  .object({ ...vrrpFacts, port, masters: z.array(masterSchema), caFile, caCertificate, stats })
  .superRefine((facts, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if (facts.masters.length % 2 === 0) {
      problem(
        ["masters"],
        `found ${facts.masters.length} masters, expected an odd number, because an even one survives no more losses than one less; add or remove one`,
      );
    }
    facts.masters.forEach((master, index) => {
      for (const key of ["name", "address"] as const) {
        if (facts.masters.findIndex((other) => other[key] === master[key]) === index) continue;
        problem(
          ["masters", index, key],
          `found "${master[key]}" a second time, expected a different ${key} for each master; correct it`,
        );
      }
    });
    if (facts.stats.port === facts.port) {
      problem(["stats", "port"], `found ${facts.port}, the port of the API; choose another one`);
    }
  })
  .transform(settled);
type Facts = z.output<typeof factsSchema>;

/** Arguments of `KeepalivedLb`: the facts of `apiLoadBalancers` in the stack file, its hosts looked up. */
export type KeepalivedLbArgs = z.input<typeof factsSchema> & {
  /** How the members are reached. */
  ssh: SshArgs;
  /** Password of the statistics page and the metrics. */
  statsPassword: pulumi.Input<string> | undefined;
  /** Last word over each kind of child. @default what the component makes */
  transform?: LbTransforms;
};

/** One key for each kind of child. */
export interface LbTransforms extends VrrpTransforms {
  caCertificate?: Transform<CommandArgs>;
  haproxyCfg?: Transform<CommandArgs>;
}

/** HAProxy in front of the API servers of a Kubernetes cluster, on hosts that share one address. */
export class KeepalivedLb extends pulumi.ComponentResource {
  /** Virtual address without prefix length. */
  readonly address: pulumi.Output<string>;
  /** `address:port`, for `kubeadm init --control-plane-endpoint`. */
  readonly endpoint: pulumi.Output<string>;
  /** Names for kubeadm's `apiServer.certSANs`: clients meet the API under any of these. */
  readonly certificateSans: pulumi.Output<string[]>;

  constructor(name: string, args: KeepalivedLbArgs, opts?: pulumi.ComponentResourceOptions) {
    const what = `KeepalivedLb "${name}"`;
    parseArgs(nameAtom, name, what);
    const facts = parseArgs(factsSchema, args, what);
    const warnings = judgeMembers(what, name, facts).map(findingText);
    const password = passwordOf(args.statsPassword, facts.stats.user, what);
    super("homelab:components:KeepalivedLb", name, facts, opts);
    for (const warning of [...warnings, ...mastersTogether(facts)]) {
      void pulumi.log.warn(warning, this);
    }

    rollOut(name, facts.members, args.ssh, this, (scope) =>
      configure(scope, name, facts, password, args.transform),
    );

    const address = addressOf(facts.vip);
    this.address = pulumi.output(address);
    this.endpoint = pulumi.output(`${address}:${facts.port}`);
    this.certificateSans = pulumi.output([address, ...facts.members.map((one) => one.address)]);
    this.registerOutputs({
      address: this.address,
      endpoint: this.endpoint,
      certificateSans: this.certificateSans,
    });
  }
}

/**
 * The password as a secret that is not weak. One that is known now is refused now; one that comes
 * from somewhere else is judged before it is written anywhere.
 */
function passwordOf(
  password: pulumi.Input<string> | undefined,
  user: string,
  what: string,
): pulumi.Output<string> {
  if (password === undefined) {
    const message = "missing, expected a secret; set homelab:secrets.statsPasswords.<name>";
    refuse([{ path: ["statsPassword"], message }], what);
  }
  const judged = (value: string) => {
    const findings = judgePassword(`statsPassword of ${user}`, value);
    refuseErrors(
      findings.map((finding) => ({ ...finding, path: ["statsPassword"] })),
      what,
    );
    return value;
  };
  if (typeof password === "string") return pulumi.secret(judged(password));
  return pulumi.secret(password ?? "").apply(judged);
}

/** A cluster whose API servers die together gains nothing from two load balancers. */
function mastersTogether({ masters }: Facts): string[] {
  const nodes = new Set(masters.map((master) => master.node));
  if (masters.length < 2 || nodes.size > 1) return [];
  return [
    `all ${masters.length} masters are on the node "${[...nodes].join()}", so its death takes the whole API down; spread them over ${masters.length} nodes`,
  ];
}

const RELOAD_HAPROXY = "systemctl try-reload-or-restart haproxy";

/** Everything on one member, ending with its health. */
function configure(
  scope: Scope,
  name: string,
  facts: Facts,
  password: pulumi.Output<string>,
  transform: LbTransforms = {},
): Command {
  const service = haproxyService(facts);
  const packages = commandIn(
    scope,
    "packages",
    { script: installPackages(["keepalived", "haproxy", "curl", "iproute2", "logrotate"]) },
    [],
    transform.packages,
  );
  const keepalived = keepalivedFiles(scope, name, facts, service, [packages], transform);
  const authority = caFileOn(scope, facts, [packages], transform);
  // With a new port of the statistics the check steps the member aside before HAProxy has it.
  const before = [keepalived.check, authority].flatMap((file) => (file ? [file.command] : []));
  const haproxy = fileIn(
    scope,
    "haproxy-cfg",
    {
      path: "/etc/haproxy/haproxy.cfg",
      content: password.apply((secret) => haproxyOf(scope, facts, secret)),
      // HAProxy reads it as root, and it holds a password.
      mode: "0600",
      test: 'haproxy -c -dW -f "$NEW"',
      reload: RELOAD_HAPROXY,
    },
    [packages, ...before],
    transform.haproxyCfg,
  );
  const files = { "haproxy.cfg": haproxy, ...keepalived, ...(authority && { ca: authority }) };
  return healthOf(scope, name, facts, service, files, {}, [], transform.health);
}

/** The CA's certificate, where it is stated. HAProxy reads it when it reads its configuration. */
function caFileOn(
  scope: Scope,
  { caFile: path, caCertificate }: Facts,
  after: readonly pulumi.Resource[],
  transform: LbTransforms,
): HostFile | undefined {
  if (caCertificate === undefined) return undefined;
  const text = { path, content: `${caCertificate.trim()}\n`, reload: RELOAD_HAPROXY };
  return fileIn(scope, "ca", text, after, transform.caCertificate);
}

function haproxyOf(scope: Scope, facts: Facts, password: string): string {
  return haproxyConf({
    port: facts.port,
    masters: facts.masters.map(({ name, address }) => ({ name, address, port: 6443 })),
    caFile: facts.caFile,
    management: {
      address: facts.stats.address ?? scope.member.address,
      port: facts.stats.port,
      user: facts.stats.user,
      password,
    },
  });
}
