import type { Hagroup } from "@muhlba91/pulumi-proxmoxve/hagroup";
import type { Haresource } from "@muhlba91/pulumi-proxmoxve/haresource";
import type { Replication } from "@muhlba91/pulumi-proxmoxve/replication";
import * as pulumi from "@pulumi/pulumi";
import { haId } from "../../config/guest-facts";
import type { Connection } from "../shared/host-files";
import { ArgsError, checkedArgs, refuseErrors, showWarnings } from "../shared/parse-args";
import { inSite, joinSite } from "../shared/site-names";
import type { Owner } from "../shared/transform";
import type { HaGroupArgs, HaGuest } from "./args";
import {
  type HaGroupFacts,
  type HaGuestFacts,
  haGroupArgsSchema,
  judgeGroup,
  replicaJobs,
} from "./facts";
import { backupJob, movedHome, replica, startupOrder } from "./guests";
import { startedManager } from "./ha-manager";
import type { HaGroupOptions, HaGroupTransforms } from "./options";
import { haGroup, haResource, haRules } from "./placement";

export type { HaGroupArgs, HaGroupOptions, HaGroupTransforms, HaGuest };

/** Guests that Proxmox restarts, on another node if it must, with all that this needs to succeed. */
export class HaGroup extends pulumi.ComponentResource {
  /** HA ids of the guests, e.g. `ct:110`, known once they are under HA and placed. */
  readonly resourceIds: pulumi.Output<string[]>;

  constructor(name: string, args: HaGroupArgs, opts?: HaGroupOptions) {
    const checked = checkedArgs("HaGroup", name, haGroupArgsSchema, args);
    const { connection, ...facts } = checked.args;
    const warnings = refuseErrors(judgeGroup(name, facts), checked.what);
    const ordered = orderedGuests(facts, connection, opts?.containers, checked.what);
    super("homelab:components:HaGroup", inSite(name, opts?.parent), facts, opts);
    joinSite(this, opts?.parent);
    showWarnings(this, warnings);

    const owner = { name, transform: opts?.transform, opts: { parent: this } };
    const group = haGroup(owner, facts);
    const { containers = {}, runsOn = {}, haInUse = true } = opts ?? {};
    const how = { connection, containers, runsOn };
    const resources = guestsUnderHa(owner, facts, how, group);
    const members = [...resources.values()];
    const manager = startedManager(owner, facts, members, { connection, haInUse });
    const rules = haRules(owner, facts, resources, manager);
    for (const { guest, connection } of ordered) startupOrder(owner, guest, connection);
    const saved = facts.guests.filter((guest) => guest.backup);
    if (facts.backup && saved.length > 0) backupJob(owner, saved, facts.backup);

    this.resourceIds = pulumi
      .all([...resources.values(), ...rules].map((resource) => resource.id))
      .apply(() => [...resources.keys()]);
    this.registerOutputs({ resourceIds: this.resourceIds });
  }
}

type Containers = NonNullable<HaGroupOptions["containers"]>;

/** The guests whose start-up order is set over SSH; the others have none, or set it at creation. */
function orderedGuests(
  facts: HaGroupFacts,
  connection: Connection | undefined,
  containers: Containers | undefined,
  what: string,
) {
  return facts.guests.flatMap((guest, index) => {
    const { startup } = guest;
    if (startup === undefined || containers?.[guest.name]) return [];
    if (connection) return [{ guest: { ...guest, startup }, connection }];
    const message = `"${guest.name}" has a start-up order, but there is no connection to set it over; give one to a node of the cluster`;
    throw new ArgsError(what, [{ path: ["guests", index, "startup"], message }]);
  });
}

/** What is known of the guests besides their facts, and the way to move them. */
interface How extends Pick<HaGroupArgs, "connection"> {
  containers: Containers;
  runsOn: Readonly<Record<string, string>>;
}

/** Every guest with its replicas, by HA id. */
function guestsUnderHa(
  owner: Owner<HaGroupTransforms>,
  facts: HaGroupFacts,
  how: How,
  group: Hagroup | undefined,
): Map<string, Haresource> {
  const copies = new Map(
    facts.guests.map((guest) => [guest.name, replicas(owner, facts, guest, how)]),
  );
  const home = goneHome(owner, facts, how, copies);
  const entries = facts.guests.map((guest) => {
    const container = how.containers[guest.name];
    const after = [...(copies.get(guest.name) ?? []), ...(container ? [] : home)];
    const needs = { group, container, after };
    return [haId(guest), haResource(owner, facts, guest, needs)] as const;
  });
  return new Map(entries);
}

/** The jobs that copy a guest's disk to where HA may start it. */
function replicas(
  owner: Owner<HaGroupTransforms>,
  facts: HaGroupFacts,
  guest: HaGuestFacts,
  { containers, runsOn }: How,
): Replication[] {
  const { replication } = facts;
  if (!replication) return [];
  const container = containers[guest.name];
  const needed = container ? [container] : [];
  const after = {
    ...owner,
    opts: { ...owner.opts, dependsOn: needed, ...(container && { replaceWith: needed }) },
  };
  return replicaJobs(facts, guest, runsOn[guest.name]).map((job) =>
    replica(after, guest, job, replication.everyMinutes),
  );
}

/** The step that brings existing guests home before HA takes them over; none without a way to log in. */
function goneHome(
  owner: Owner<HaGroupTransforms>,
  facts: HaGroupFacts,
  { connection, containers }: How,
  copies: ReadonlyMap<string, Replication[]>,
): pulumi.Resource[] {
  const existing = facts.guests.filter((guest) => !containers[guest.name]);
  if (connection === undefined || existing.length === 0) return [];
  const dependsOn = existing.flatMap((guest) => copies.get(guest.name) ?? []);
  return [movedHome({ ...owner, opts: { ...owner.opts, dependsOn } }, existing, connection)];
}
