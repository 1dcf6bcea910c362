import type { ApiCall } from "./node-writes";

type Params = Record<string, string>;

/** A command of a node: what stands in its places, what options it takes, and what it asks of the API. */
interface Command {
  /** Names of its arguments; each must be given. */
  args?: readonly string[];
  /** Options that the real one has, as far as somebody uses them; any, where they are a guest's settings. */
  options?: readonly string[] | "settings";
  /** Whether a command for the inside of a guest follows. */
  inner?: true;
  call(args: string[], params: Params): ApiCall;
}

const get = (path: string): ApiCall => ({ verb: "get", path, params: {} });
const create = (path: string, params: Params = {}): ApiCall => ({ verb: "create", path, params });
const set = (path: string, params: Params = {}): ApiCall => ({ verb: "set", path, params });
const remove = (path: string, params: Params = {}): ApiCall => ({ verb: "delete", path, params });

const HA = "/cluster/ha";
const JOBS = "/cluster/replication";
const resource = ["state", "group", "max_restart", "max_relocate", "failback", "comment", "type"];
const rule = ["affinity", "resources", "nodes", "strict", "disable", "comment"];

/** Both are commands of the node that holds the guest; the API's path would name it. */
const local = (kind: string, vmid = "") => `/nodes/localhost/${kind}/${vmid}`;

function move(verb: "migrate" | "relocate"): Command {
  return {
    args: ["sid", "node"],
    call: ([sid, node = ""]) => create(`${HA}/resources/${sid}/${verb}`, { node }),
  };
}

function guestCommands(program: "pct" | "qm", kind: "lxc" | "qemu"): Record<string, Command> {
  const plain = (verb: string): Command => ({
    args: ["vmid"],
    options: ["timeout", "skiplock", "forceStop"],
    call: ([vmid], params) => create(`${local(kind, vmid)}/status/${verb}`, params),
  });
  return {
    [`${program} migrate`]: {
      args: ["vmid", "target"],
      options:
        kind === "lxc"
          ? ["restart", "online", "timeout", "target-storage", "bwlimit"]
          : ["online", "with-local-disks", "targetstorage", "force", "bwlimit"],
      call: ([vmid, target = ""], params) =>
        create(`${local(kind, vmid)}/migrate`, { target, ...params }),
    },
    [`${program} set`]: {
      args: ["vmid"],
      options: "settings",
      call: ([vmid], params) => set(`${local(kind, vmid)}/config`, params),
    },
    [`${program} destroy`]: {
      args: ["vmid"],
      options: ["purge", "destroy-unreferenced-disks"],
      call: ([vmid], params) => remove(local(kind, vmid), params),
    },
    [`${program} start`]: plain("start"),
    [`${program} stop`]: plain("stop"),
    [`${program} shutdown`]: plain("shutdown"),
    [program === "pct" ? "pct exec" : "qm guest exec"]: {
      args: ["vmid"],
      options: kind === "lxc" ? ["keep-env"] : ["timeout", "synchronous", "pass-stdin"],
      inner: true,
      call: ([vmid]) => create(`${local(kind, vmid)}/exec`),
    },
  };
}

/**
 * The commands of a Proxmox node that this program or its advice calls, as their sources define them:
 * pve-ha-manager, CLI/ha_manager.pm; pve-manager, CLI/pvesr.pm; pve-container, CLI/pct.pm; qemu-server,
 * CLI/qm.pm and CLI/qmrestore.pm; pve-access-control, CLI/pveum.pm.
 */
export const commands: Readonly<Record<string, Command>> = {
  "ha-manager status": { options: ["verbose"], call: () => get(`${HA}/status/current`) },
  "ha-manager config": { call: () => get(`${HA}/resources`) },
  "ha-manager add": {
    args: ["sid"],
    options: resource,
    call: ([sid = ""], params) => create(`${HA}/resources`, { sid, ...params }),
  },
  "ha-manager set": {
    args: ["sid"],
    options: [...resource, "delete"],
    call: ([sid], params) => set(`${HA}/resources/${sid}`, params),
  },
  "ha-manager remove": {
    args: ["sid"],
    options: ["purge"],
    call: ([sid], params) => remove(`${HA}/resources/${sid}`, params),
  },
  "ha-manager migrate": move("migrate"),
  "ha-manager relocate": move("relocate"),
  "ha-manager crm-command migrate": move("migrate"),
  "ha-manager crm-command relocate": move("relocate"),
  "ha-manager crm-command node-maintenance enable": {
    args: ["node"],
    call: ([node]) => create(`${HA}/node-maintenance/${node}`),
  },
  "ha-manager crm-command node-maintenance disable": {
    args: ["node"],
    call: ([node]) => remove(`${HA}/node-maintenance/${node}`),
  },
  "ha-manager crm-command arm-ha": { call: () => create(`${HA}/status/arm-ha`) },
  "ha-manager rules list": { call: () => get(`${HA}/rules`) },
  "ha-manager rules config": { call: () => get(`${HA}/rules`) },
  "ha-manager rules add": {
    args: ["type", "rule"],
    options: rule,
    call: ([type = "", name = ""], params) =>
      create(`${HA}/rules`, { type, rule: name, ...params }),
  },
  "ha-manager rules set": {
    args: ["type", "rule"],
    options: [...rule, "delete"],
    call: ([type = "", name], params) => set(`${HA}/rules/${name}`, { type, ...params }),
  },
  "ha-manager rules remove": {
    args: ["rule"],
    call: ([name]) => remove(`${HA}/rules/${name}`),
  },
  "pvesr list": { call: () => get(JOBS) },
  // Of one node, which holds the state of its guests' jobs; the jobs themselves are the cluster's.
  "pvesr status": { options: ["guest"], call: () => get(JOBS) },
  "pvesr create-local-job": {
    args: ["id", "target"],
    options: ["schedule", "rate", "comment", "disable"],
    call: ([id = "", target = ""], params) => create(JOBS, { id, target, ...params }),
  },
  "pvesr delete": {
    args: ["id"],
    options: ["force", "keep"],
    call: ([id], params) => remove(`${JOBS}/${id}`, params),
  },
  "pvesr enable": { args: ["id"], call: ([id]) => set(`${JOBS}/${id}`, { delete: "disable" }) },
  "pvesr disable": { args: ["id"], call: ([id]) => set(`${JOBS}/${id}`, { disable: "1" }) },
  "pvesr schedule-now": {
    args: ["id"],
    call: ([id]) => create(`/nodes/localhost/replication/${id}/schedule_now`),
  },
  ...guestCommands("pct", "lxc"),
  ...guestCommands("qm", "qemu"),
  vzdump: {
    args: ["vmid"],
    options: ["storage", "mode", "compress"],
    call: ([vmid = ""], params) => create("/nodes/localhost/vzdump", { vmid, ...params }),
  },
  "pct restore": {
    args: ["vmid", "ostemplate"],
    options: ["storage", "unique", "start"],
    call: ([vmid = "", ostemplate = ""], params) =>
      create("/nodes/localhost/lxc", { vmid, ostemplate, restore: "1", ...params }),
  },
  qmrestore: {
    args: ["archive", "vmid"],
    options: ["storage", "unique", "start"],
    call: ([archive = "", vmid = ""], params) =>
      create("/nodes/localhost/qemu", { archive, vmid, ...params }),
  },
  "pct fsck": {
    args: ["vmid"],
    options: ["force", "device"],
    call: ([vmid], params) => set(`${local("lxc", vmid)}/fsck`, params),
  },
  "pveum user add": {
    args: ["userid"],
    options: ["comment", "password"],
    call: ([userid = ""], params) => create("/access/users", { userid, ...params }),
  },
  "pveum user token add": {
    args: ["userid", "tokenid"],
    options: ["privsep", "comment", "expire"],
    call: ([user, token], params) => create(`/access/users/${user}/token/${token}`, params),
  },
  "pveum role add": {
    args: ["roleid"],
    options: ["privs"],
    call: ([roleid = ""], params) => create("/access/roles", { roleid, ...params }),
  },
  "pveum acl modify": {
    args: ["path"],
    options: ["roles", "users", "tokens", "groups", "propagate", "delete"],
    call: ([path = ""], params) => set("/access/acl", { path, ...params }),
  },
};

/** The definition that the first words of a line name, and the words after them. */
export function commandOf(
  words: readonly string[],
): { command: Command; rest: string[] } | undefined {
  for (let length = Math.min(4, words.length); length > 0; length -= 1) {
    const command = commands[words.slice(0, length).join(" ")];
    if (command) return { command, rest: words.slice(length) };
  }
  return undefined;
}
