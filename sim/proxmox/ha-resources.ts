import type { ResourceModel } from "../model";
import { known, type Props, text } from "../props";
import type { ProxmoxState } from "../world";
import { assertPrivilege, cluster, guestOf } from "./api";
import { between, groupsMigrated, migrated } from "./ha-checks";
import { haRound, wakeManager } from "./ha-manager";

/** Guests that HA manages. */
export const haResource: ResourceModel = {
  importError: "HA resource not found after update",
  inputs: ["comment", "failback", "group", "maxRelocate", "maxRestart", "resourceId", "state"],
  // `resourceId` has no RequiresReplace either (bpg, resource_haresource.go).
  replaceOn: [],
  compareWith: "state",
  defaults: (inputs) => ({ state: "started", ...inputs }),
  problems(inputs) {
    const id = inputs.resourceId;
    const reason = `value must be of the form ct:<vmid> or vm:<vmid>, got: ${String(id)}`;
    const wrong = known(id) && !/^(ct|vm):[1-9]\d*$/.test(String(id));
    return [
      ...(wrong ? [{ property: "resourceId", reason }] : []),
      ...between(inputs.maxRestart, "maxRestart", 10),
      ...between(inputs.maxRelocate, "maxRelocate", 10),
    ];
  },
  create(inputs, context) {
    return cluster(context, (pve) => {
      const sid = text(inputs, "resourceId");
      assertPrivilege(pve, "/", "Sys.Console");
      refuseGroup(pve, inputs);
      assertGuest(pve, sid);
      // API2/HA/Resources.pm `create`
      if (pve.haResources[sid] !== undefined) {
        throw new Error(`resource ID '${sid}' already defined`);
      }
      pve.haResources[sid] = { ...inputs, type: sid.split(":")[0], ...oneWord(inputs) };
      wakeManager(pve);
      haRound(pve);
      return { id: sid, outputs: pve.haResources[sid] };
    });
  },
  read(id, _state, context) {
    const pve = context.world.state.proxmox;
    const found = pve.haResources[id];
    if (found === undefined) return undefined;
    const { group, ...outputs } = found;
    // Left out once there are no groups (API2/HA/Resources.pm `$api_copy_config`).
    const shown = group === undefined || groupsMigrated(pve) ? outputs : found;
    return { id, outputs: { ...shown, ...oneWord(shown) } };
  },
  // The update goes to the id of the state, so a changed `resourceId` changes the OLD resource and
  // reads it back; the new guest is never managed (bpg, resource_haresource.go `Update`).
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      assertPrivilege(pve, "/", "Sys.Console");
      refuseGroup(pve, inputs);
      const groupId = text(inputs, "group");
      if (groupId !== "" && pve.haGroups[groupId] === undefined) {
        throw new Error(`HA group '${groupId}' does not exist`);
      }
      if (pve.haResources[id] === undefined) throw new Error(`no such resource '${id}'`);
      const sent = { ...inputs, resourceId: id, type: id.split(":")[0], ...oneWord(inputs) };
      pve.haResources[id] = sent;
      haRound(pve);
      return pve.haResources[id];
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      assertPrivilege(pve, "/", "Sys.Console");
      if (pve.haResources[id] === undefined) {
        throw new Error(`cannot delete service '${id}', not HA managed!`);
      }
      delete pve.haResources[id];
      purge(pve, id);
    });
  },
};

/** The provider has no `enabled`: it reads it as `started`, and writes that (bpg, ha_resource_state.go). */
function oneWord({ state }: Props): Props {
  return state === "enabled" ? { state: "started" } : {};
}

/** The resource leaves every rule, and a rule without resources goes (Config.pm `delete_service_from_config`). */
export function purge(pve: ProxmoxState, sid: string): void {
  for (const [id, rule] of Object.entries(pve.haRules)) {
    rule.resources = rule.resources.filter((resource) => resource !== sid);
    if (rule.resources.length === 0) delete pve.haRules[id];
  }
}

function refuseGroup(pve: ProxmoxState, inputs: Props): void {
  if (text(inputs, "group") !== "" && groupsMigrated(pve)) {
    throw new Error(`invalid parameter 'group': ${migrated}`);
  }
}

/** Resources/PVECT.pm and Resources/PVEVM.pm `exists` */
export function assertGuest(pve: ProxmoxState, sid: string): void {
  const [type, vmid = ""] = sid.split(":");
  const guest = guestOf(pve, vmid);
  if (guest === undefined) throw new Error(`resource '${sid}' does not exist in cluster`);
  if (guest.type === type) return;
  const wanted = type === "ct" ? "container" : "VM";
  throw new Error(`resource '${sid}' - guest with ID ${vmid} is not a ${wanted}`);
}
