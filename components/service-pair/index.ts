import type { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { addressOf } from "../../model/text";
import { installPackages } from "../../templates/host/install";
import { unitFile, unitPath } from "../../templates/host/member-health";
import { servicePackages } from "../../templates/host/packages";
import { serviceOf } from "../../templates/host/services";
import { serviceDropIn } from "../../templates/host/systemd";
import {
  AFTER_COPY_FILE,
  afterCopyScript,
  directoriesThere,
} from "../../templates/replication/after-copy";
import { SERVICE_FORCED_COMMAND_FILE } from "../../templates/replication/forced-command";
import type { FirewallNeeds } from "../shared/firewall";
import { handoverPackages } from "../shared/handover-files";
import type { HostFile } from "../shared/host-files";
import { keepalivedFiles } from "../shared/keepalived-files";
import {
  commandIn,
  fileIn,
  type Rollout,
  rollOut,
  type Scope,
  scopeOf,
} from "../shared/member-scope";
import { changeMembers } from "../shared/membership";
import { metricsFiles, metricsPackages } from "../shared/metrics-files";
import { checkedArgs, refuseErrors, showWarnings } from "../shared/parse-args";
import { REPLICATION_UNITS, replicate } from "../shared/replication";
import { inSite, joinSite } from "../shared/site-names";
import { healthOf, judgeMembers } from "../shared/vrrp-member";
import type { ServicePairArgs } from "./args";
import { GUARD_FILE, serviceTrees } from "./copies";
import { type ServiceFacts, serviceArgsSchema } from "./facts";
import { serviceFirewall } from "./firewall";
import type { ServiceKind, ServicePairOptions, ServicePairTransforms } from "./options";

export type { ServicePairArgs, ServicePairOptions, ServicePairTransforms };

/**
 * Two or more hosts with any service behind one virtual address that moves when the service or a host
 * dies. The data of the service is its own affair: nothing here replicates a database.
 */
export class ServicePair extends pulumi.ComponentResource {
  /** Virtual address without prefix length; clients use this one. */
  readonly address: pulumi.Output<string>;
  /** What a firewall between the hosts has to let through. */
  readonly firewall: pulumi.Output<FirewallNeeds>;

  constructor(name: string, args: ServicePairArgs, opts?: ServicePairOptions) {
    const checked = checkedArgs("ServicePair", name, serviceArgsSchema, args);
    const { ssh, ...facts } = checked.args;
    const warnings = refuseErrors(judgeMembers(name, facts), checked.what);
    super("homelab:components:ServicePair", inSite(name, opts?.parent), facts, opts);
    joinSite(this, opts?.parent);
    showWarnings(this, warnings);

    const rollout = { name, parent: this, ssh, transform: opts?.transform };
    const service = serviceOf(name, facts);
    const before = changeMembers(rollout, { name, facts, service, units: REPLICATION_UNITS });
    const healthy = rollOut<ServiceKind>(
      rollout,
      facts.members,
      (scope) => configure(scope, name, facts),
      before,
    );
    copyFiles(rollout, facts, healthy);

    this.address = pulumi.output(addressOf(facts.vip));
    this.firewall = pulumi.output(serviceFirewall(name, facts, ssh.port));
    this.registerOutputs({ address: this.address, firewall: this.firewall });
  }
}

/** Everything on one member, ending with its health. */
function configure(scope: Scope<ServiceKind>, name: string, facts: ServiceFacts): Command {
  const service = serviceOf(name, facts);
  const names = [...servicePackages(facts), ...handoverPackages(facts), ...metricsPackages(facts)];
  const packages = commandIn(scope, "packages", { script: installPackages(names) }, []);
  const files = {
    ...dropInOf(scope, facts.unit, packages),
    ...keepalivedFiles(scope, name, facts, service, [packages]),
  };
  const [first] = facts.members;
  const copies = facts.replicate !== undefined && scope.member.name === first?.name;
  metricsFiles(scope, { name, facts, service, copies }, [packages]);
  return healthOf(scope, { name, facts, service, files, installed: {} }, []);
}

/** The service's unit is not this stack's; that it is started again is. */
function dropInOf(
  scope: Scope<ServiceKind>,
  unit: string | undefined,
  after: Command,
): Record<string, HostFile> {
  if (unit === undefined) return {};
  const dropIn = fileIn(
    scope,
    "serviceDropIn",
    {
      path: `${unitPath(unitFile(unit))}.d/homelab.conf`,
      content: serviceDropIn(),
      reload: "systemctl daemon-reload",
    },
    [after],
  );
  return { "service-drop-in": dropIn };
}

/** Copies the service's files from the first member to the others, and makes the service read them. */
function copyFiles(
  rollout: Rollout<ServiceKind>,
  facts: ServiceFacts,
  healthy: readonly Command[],
): void {
  const { members, replicate: copied } = facts;
  const [first, ...others] = members;
  const [directory] = copied?.directories ?? [];
  if (!copied || !first || directory === undefined) return;
  const there = directoriesThere(copied.directories);
  const guardFile = `${directory}/${GUARD_FILE}`;
  const guard = fileIn(
    scopeOf(rollout, first, healthy),
    "copiedGuard",
    {
      path: guardFile,
      content: "lsyncd copies this directory to the other members.\n",
      test: there,
    },
    [],
  );
  const scripts = others.map(
    (member) =>
      fileIn(
        scopeOf(rollout, member, healthy),
        "afterCopy",
        {
          path: AFTER_COPY_FILE,
          mode: "0755",
          content: afterCopyScript(copied),
          test: `bash -n "$NEW" && ${there}`,
        },
        [],
      ).command,
  );
  const copies = {
    members,
    trees: serviceTrees(facts),
    guardFile,
    delaySec: copied.delaySec,
    fullSyncMinutes: copied.fullSyncMinutes,
    forcedCommandFile: SERVICE_FORCED_COMMAND_FILE,
    forced: { tag: "service-replication", afterCopy: AFTER_COPY_FILE },
    words: { long: "files of the service", short: "the service's files" },
  };
  replicate(rollout, copies, [...healthy, guard.command, ...scripts]);
}
