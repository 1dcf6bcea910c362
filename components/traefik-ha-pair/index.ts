import type { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { addressOf } from "../../model/text";
import { installPackages, installTraefik } from "../../templates/host/install";
import { traefikPackages } from "../../templates/host/packages";
import { traefikGraceSec, traefikService } from "../../templates/host/services";
import type { FirewallNeeds } from "../shared/firewall";
import { handoverPackages } from "../shared/handover-files";
import { keepalivedFiles } from "../shared/keepalived-files";
import { commandIn, rollOut, type Scope } from "../shared/member-scope";
import { changeMembers } from "../shared/membership";
import { metricsFiles, metricsPackages } from "../shared/metrics-files";
import { checkedArgs, refuseErrors, showWarnings } from "../shared/parse-args";
import { REPLICATION_UNITS } from "../shared/replication";
import { inSite, joinSite } from "../shared/site-names";
import { healthOf, judgeMembers } from "../shared/vrrp-member";
import type { TraefikHaPairArgs } from "./args";
import { configWatcherFiles } from "./config-watcher";
import { copiedTrees } from "./copied-trees";
import { type TraefikFacts, traefikArgsSchema } from "./facts";
import { dynamicFiles, traefikFiles, tryFile } from "./files";
import { firewallOf } from "./firewall";
import type { TraefikHaPairOptions, TraefikKind, TraefikTransforms } from "./options";
import { replicateTraefik } from "./replication";

export type { TraefikHaPairArgs, TraefikHaPairOptions, TraefikTransforms };

/** Two or more Traefik hosts behind one virtual address that moves when a Traefik or a host dies. */
export class TraefikHaPair extends pulumi.ComponentResource {
  /** Virtual address without prefix length; DNS names of the routes point here. */
  readonly address: pulumi.Output<string>;
  /** What a firewall between the hosts has to let through. */
  readonly firewall: pulumi.Output<FirewallNeeds>;

  constructor(name: string, args: TraefikHaPairArgs, opts?: TraefikHaPairOptions) {
    const checked = checkedArgs("TraefikHaPair", name, traefikArgsSchema, args);
    const { ssh, ...facts } = checked.args;
    const warnings = refuseErrors(judgeMembers(name, facts), checked.what);
    super("homelab:components:TraefikHaPair", inSite(name, opts?.parent), facts, opts);
    joinSite(this, opts?.parent);
    showWarnings(this, warnings);

    const rollout = { name, parent: this, ssh, transform: opts?.transform };
    const service = traefikService(name, facts);
    const before = changeMembers(rollout, { name, facts, service, units: REPLICATION_UNITS });
    const healthy = rollOut<TraefikKind>(
      rollout,
      facts.members,
      (scope) => configure(scope, name, facts),
      before,
    );
    replicateTraefik(rollout, facts, healthy);

    this.address = pulumi.output(addressOf(facts.vip));
    this.firewall = pulumi.output(firewallOf(facts, ssh.port));
    this.registerOutputs({ address: this.address, firewall: this.firewall });
  }
}

/** Everything on one member, ending with its health. */
function configure(scope: Scope<TraefikKind>, name: string, facts: TraefikFacts): Command {
  const { version, sha256, sha256Arm64 } = facts.traefik;
  const graceSec = traefikGraceSec(name, facts);
  const service = traefikService(name, facts);
  const names = [...traefikPackages(facts), ...handoverPackages(facts), ...metricsPackages(facts)];
  const packages = commandIn(scope, "packages", { script: installPackages(names) }, []);
  const binary = commandIn(
    scope,
    "traefikBinary",
    { script: installTraefik({ version, sha256, sha256Arm64 }) },
    [packages],
  );
  const ready = [binary, tryFile(scope, facts, [binary])];
  const dynamic = dynamicFiles(scope, facts, ready);
  const files = {
    ...traefikFiles(scope, facts, graceSec, ready),
    ...configWatcherFiles(scope, facts, dynamic),
    ...keepalivedFiles(scope, name, facts, service, [packages]),
  };
  const [first] = facts.members;
  const metrics = {
    name,
    facts,
    service,
    copies: copiedTrees(facts).length > 0 && scope.member.name === first?.name,
    certificates: facts.certificates?.directory,
  };
  metricsFiles(scope, metrics, [packages]);
  const sums = [sha256, sha256Arm64].filter((sum) => sum !== undefined).join(" ");
  const installed = { traefik: `${version} ${sums || "as found"}` };
  // Traefik takes dynamic files by itself: a changed route runs nothing again but its own command.
  return healthOf(scope, { name, facts, service, files, installed }, [binary, ...dynamic]);
}
