import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { certificateProblems } from "../../config/sections/certificates";
import { name as nameAtom } from "../../config/sections/network";
import { settled } from "../../config/sections/profiles";
import { traefikPairFields } from "../../config/sections/traefik-pairs";
import { findingText } from "../../model/finding";
import { installPackages, installTraefik } from "../../templates/host/install";
import { traefikGraceSec, traefikService } from "../../templates/host/services";
import { ENTRY_POINT_PORTS, ENTRY_POINTS } from "../../templates/traefik/traefik";
import { type FirewallNeeds, firewallOf } from "../shared/firewall";
import type { SshArgs } from "../shared/host-files";
import { keepalivedFiles } from "../shared/keepalived-files";
import { commandIn, rollOut, type Scope } from "../shared/member-scope";
import { parseArgs } from "../shared/parse-args";
import type { Transform } from "../shared/transform";
import {
  addressOf,
  healthOf,
  judgeMembers,
  type VrrpTransforms,
  vrrpFacts,
} from "../shared/vrrp-member";
import { configWatcherFiles } from "./config-watcher";
import { dynamicFiles, STATIC_FILE, traefikFiles, tryFile } from "./files";
import { replicate } from "./replication";

const { traefik, replication, routes, certificates } = traefikPairFields;

const factsSchema = z
  .object({ ...vrrpFacts, traefik, replication, routes, certificates })
  .superRefine((facts, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const { dynamicDirectory, pingPort, driftPort } = facts.traefik;
    if (STATIC_FILE.startsWith(`${dynamicDirectory.replace(/\/*$/, "")}/`)) {
      problem(
        ["traefik", "dynamicDirectory"],
        `found "${dynamicDirectory}", which holds ${STATIC_FILE}; use a directory of its own, e.g. /etc/traefik/dynamic`,
      );
    }
    for (const [key, port, free] of [
      ["pingPort", pingPort, 8080],
      ["driftPort", driftPort, 8081],
    ] as const) {
      const taken = ENTRY_POINTS.find((entryPoint) => ENTRY_POINT_PORTS[entryPoint] === port);
      if (taken)
        problem(["traefik", key], `found ${port}, the port of "${taken}"; use e.g. ${free}`);
    }
    if (driftPort === pingPort) {
      problem(
        ["traefik", "driftPort"],
        `found ${driftPort}, the port on which Traefik answers the health check; use another one`,
      );
    }
    for (const [route, { entryPoint }] of Object.entries(facts.routes)) {
      if (ENTRY_POINTS.some((known) => known === entryPoint)) continue;
      problem(
        ["routes", route, "entryPoint"],
        `found "${entryPoint}", expected one of ${ENTRY_POINTS.join(", ")}; change it`,
      );
    }
    const members = facts.members.map((member) => member.name);
    for (const { path, message } of certificateProblems(
      facts.certificates,
      members,
      dynamicDirectory,
    )) {
      problem(path, message);
    }
  })
  .transform(settled);
/** The checked facts of a pair, with every number in place. */
export type TraefikFacts = z.output<typeof factsSchema>;
type Facts = TraefikFacts;

/** Arguments of `TraefikHaPair`: the facts of `traefikPairs` in the stack file, its hosts looked up. */
export type TraefikHaPairArgs = z.input<typeof factsSchema> & {
  /** How the members are reached. */
  ssh: SshArgs;
  /** Last word over each kind of child. @default what the component makes */
  transform?: TraefikTransforms;
};

/** One key for each kind of child. */
export interface TraefikTransforms extends VrrpTransforms {
  traefikTry?: Transform<CommandArgs>;
  traefikBinary?: Transform<CommandArgs>;
  traefikUnit?: Transform<CommandArgs>;
  traefikStatic?: Transform<CommandArgs>;
  traefikRoutes?: Transform<CommandArgs>;
  traefikCertificates?: Transform<CommandArgs>;
  configWatcher?: Transform<CommandArgs>;
  configWatcherUnit?: Transform<CommandArgs>;
  lsyncdConf?: Transform<CommandArgs>;
}

/** Two or more Traefik hosts behind one virtual address that moves when a Traefik or a host dies. */
export class TraefikHaPair extends pulumi.ComponentResource {
  /** Virtual address without prefix length; DNS names of the routes point here. */
  readonly address: pulumi.Output<string>;
  /** What a firewall between the hosts has to let through. */
  readonly firewall: pulumi.Output<FirewallNeeds>;

  constructor(name: string, args: TraefikHaPairArgs, opts?: pulumi.ComponentResourceOptions) {
    const what = `TraefikHaPair "${name}"`;
    parseArgs(nameAtom, name, what);
    const facts = parseArgs(factsSchema, args, what);
    const warnings = judgeMembers(what, name, facts);
    super("homelab:components:TraefikHaPair", name, facts, opts);
    for (const warning of warnings) void pulumi.log.warn(findingText(warning), this);

    const healthy = rollOut(name, facts.members, args.ssh, this, (scope) =>
      configure(scope, name, facts, args.transform),
    );
    replicate(name, facts, args.ssh, this, healthy, args.transform);

    this.address = pulumi.output(addressOf(facts.vip));
    this.firewall = pulumi.output(firewallOf(facts, args.ssh.port));
    this.registerOutputs({ address: this.address, firewall: this.firewall });
  }
}

/** Everything on one member, ending with its health. */
function configure(
  scope: Scope,
  name: string,
  facts: Facts,
  transform: TraefikTransforms = {},
): Command {
  const { version, sha256 } = facts.traefik;
  const graceSec = traefikGraceSec(name, facts);
  const service = traefikService(name, facts);
  const packages = commandIn(
    scope,
    "packages",
    { script: installPackages(packagesOf(facts)) },
    [],
    transform.packages,
  );
  const binary = commandIn(
    scope,
    "traefik-binary",
    { script: installTraefik({ version, sha256 }) },
    [packages],
    transform.traefikBinary,
  );
  const ready = [binary, tryFile(scope, facts, [binary], transform)];
  const dynamic = dynamicFiles(scope, facts, ready, transform);
  const files = {
    ...traefikFiles(scope, facts, graceSec, ready, transform),
    ...configWatcherFiles(scope, facts, dynamic, transform),
    ...keepalivedFiles(scope, name, facts, service, [packages], transform),
  };
  const installed = { traefik: `${version} ${sha256 ?? "as found"}` };
  // Traefik takes dynamic files by itself: a changed route runs nothing again but its own command.
  const after = [binary, ...dynamic];
  return healthOf(scope, name, facts, service, files, installed, after, transform.health);
}

/** curl asks for health and fetches Traefik; iproute2 shows who owns the address. */
function packagesOf({ certificates }: Facts): string[] {
  const always = [
    "keepalived",
    "curl",
    "ca-certificates",
    "inotify-tools",
    "iproute2",
    "logrotate",
  ];
  return certificates ? [...always, "openssl"] : always;
}
