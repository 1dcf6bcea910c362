import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { certificateProblems } from "../config/certificates";
import { name as nameAtom } from "../config/network";
import { settled } from "../config/profiles";
import { traefikPairFields } from "../config/traefik-pairs";
import { findingText } from "../model/finding";
import { budget, vrrpGroup } from "../model/vrrp";
import { installPackages, installTraefik, TRAEFIK_RESTART_MARK } from "../templates/install";
import { traefikUnit, verifyUnit } from "../templates/systemd";
import {
  ENTRY_POINT_PORTS,
  ENTRY_POINTS,
  TRAEFIK_DRAIN_SEC,
  traefikDynamic,
  traefikStatic,
} from "../templates/traefik";
import type { SshArgs } from "./host-files";
import { keepalivedFiles } from "./keepalived-files";
import { commandIn, fileIn, rollOut, type Scope } from "./member-scope";
import { parseArgs } from "./parse-args";
import { OWN_FILE, replicate } from "./traefik-replication";
import type { Transform } from "./transform";
import {
  addressOf,
  healthOf,
  judgeMembers,
  type Service,
  type VrrpTransforms,
  vrrpFacts,
} from "./vrrp-member";

const { traefik, replication, routes, certificates } = traefikPairFields;
const STATIC_FILE = "/etc/traefik/traefik.yml";

const factsSchema = z
  .object({ ...vrrpFacts, traefik, replication, routes, certificates })
  .superRefine((facts, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const { dynamicDirectory, pingPort } = facts.traefik;
    if (STATIC_FILE.startsWith(`${dynamicDirectory.replace(/\/*$/, "")}/`)) {
      problem(
        ["traefik", "dynamicDirectory"],
        `found "${dynamicDirectory}", which holds ${STATIC_FILE}; use a directory of its own, e.g. /etc/traefik/dynamic`,
      );
    }
    const taken = ENTRY_POINTS.find((entryPoint) => ENTRY_POINT_PORTS[entryPoint] === pingPort);
    if (taken) {
      problem(["traefik", "pingPort"], `found ${pingPort}, the port of "${taken}"; use e.g. 8080`);
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
type Facts = z.output<typeof factsSchema>;

/** Arguments of `TraefikHaPair`: the facts of `traefikPairs` in the stack file, its hosts looked up. */
export type TraefikHaPairArgs = z.input<typeof factsSchema> & {
  /** How the members are reached. */
  ssh: SshArgs;
  /** Last word over each kind of child. @default what the component makes */
  transform?: TraefikTransforms;
};

/** One key for each kind of child. */
export interface TraefikTransforms extends VrrpTransforms {
  traefikBinary?: Transform<CommandArgs>;
  traefikUnit?: Transform<CommandArgs>;
  traefikStatic?: Transform<CommandArgs>;
  traefikRoutes?: Transform<CommandArgs>;
  lsyncdConf?: Transform<CommandArgs>;
}

/** Two or more Traefik hosts behind one virtual address that moves when a Traefik or a host dies. */
export class TraefikHaPair extends pulumi.ComponentResource {
  /** Virtual address without prefix length; DNS names of the routes point here. */
  readonly address: pulumi.Output<string>;

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
    if (facts.replication) {
      replicate(name, facts, facts.replication, args.ssh, this, healthy, args.transform);
    }

    this.address = pulumi.output(addressOf(facts.vip));
    this.registerOutputs({ address: this.address });
  }
}

/** Everything on one member, ending with its health. */
function configure(
  scope: Scope,
  name: string,
  facts: Facts,
  transform: TraefikTransforms = {},
): Command {
  const { version, sha256, pingPort } = facts.traefik;
  const graceSec = graceOf(name, facts);
  const service: Service = {
    daemon: "traefik",
    port: ENTRY_POINT_PORTS.websecure,
    checkPort: pingPort,
    checkPath: "/ping",
    restartMark: TRAEFIK_RESTART_MARK,
    stopSec: graceSec + TRAEFIK_DRAIN_SEC,
  };
  // curl asks for health and fetches Traefik; iproute2 shows who owns the address.
  const packages = commandIn(
    scope,
    "packages",
    { script: installPackages(["keepalived", "curl", "ca-certificates", "iproute2", "logrotate"]) },
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
  const files = {
    ...traefikFiles(scope, facts, graceSec, binary, transform),
    ...keepalivedFiles(scope, name, facts, service, [packages], transform),
  };
  const installed = { traefik: `${version} ${sha256 ?? "as found"}` };
  return healthOf(scope, facts, service, files, installed, [binary], transform.health);
}

function traefikFiles(
  scope: Scope,
  facts: Facts,
  graceSec: number,
  binary: Command,
  transform: TraefikTransforms,
) {
  const { pingPort, dynamicDirectory } = facts.traefik;
  const unit = fileIn(
    scope,
    "traefik-unit",
    {
      path: "/etc/systemd/system/traefik.service",
      content: traefikUnit(graceSec),
      test: verifyUnit("traefik.service"),
      reload: `systemctl daemon-reload && touch ${TRAEFIK_RESTART_MARK}`,
    },
    [binary],
    transform.traefikUnit,
  );
  const staticFile = fileIn(
    scope,
    "traefik-static",
    {
      path: STATIC_FILE,
      content: traefikStatic({ pingPort, dynamicDirectory, graceSec }),
      reload: `touch ${TRAEFIK_RESTART_MARK}`,
    },
    [binary],
    transform.traefikStatic,
  );
  const routesFile = fileIn(
    scope,
    "traefik-routes",
    // No reload: Traefik watches the directory.
    { path: `${dynamicDirectory}/${OWN_FILE}`, content: traefikDynamic(facts.routes) },
    [binary],
    transform.traefikRoutes,
  );
  return { "traefik.service": unit, "traefik.yml": staticFile, [OWN_FILE]: routesFile };
}

/** Whole seconds for which a stopping Traefik serves on: longer than the address takes to leave it. */
function graceOf(name: string, facts: Facts): number {
  const { detectionSec, takeoverSec } = budget(vrrpGroup(name, facts));
  return Math.floor(detectionSec + takeoverSec) + 1;
}
