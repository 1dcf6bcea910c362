import type { Props } from "../props";
import type { World } from "../world";
import { answerOf } from "./api-server/answers";
import type { Site } from "./api-server/site";
import { type ApiCall, writeTo } from "./node-writes";

/** A site of which nothing is known but what the world keeps. */
const bareSite: Site = {
  name: "simulated",
  nodes: {},
  guests: {},
  storages: [],
  replication: {},
  quorate: true,
};

/**
 * Runs one of Proxmox's own commands as root on a node of the simulated cluster and gives its output.
 * What is known is `pvesh`, `ha-manager`, `pct`, `qm`, `pvesr` and `pveum`, as far as this program or its
 * advice calls them; anything else is refused, so that no advice is believed because nobody looked.
 *
 * @throws Error in Proxmox's words when the real command would refuse
 */
export function runOnNode(world: World, words: readonly string[], site: Site = bareSite): string {
  return answer(world, callOf(words), site);
}

function answer(world: World, call: ApiCall, site: Site): string {
  if (call.verb !== "get") {
    const result = world.change((state) => writeTo(state.proxmox, call));
    return result === undefined ? "" : `${JSON.stringify(result)}\n`;
  }
  const reader = {
    pve: world.state.proxmox,
    site,
    offline: new Set<string>(),
    silent: new Set<string>(),
    now: Math.floor(Date.now() / 1000),
  };
  const query = new URLSearchParams(call.params);
  const { status, reason, data } = answerOf(reader, call.path, query);
  if (status !== 200) throw new Error(reason);
  return `${JSON.stringify(data)}\n`;
}

/** What a command asks of the API. */
export function callOf(words: readonly string[]): ApiCall {
  const { plain, params } = optionsOf(words);
  const [program = "", ...args] = plain;
  const make = commands[program];
  const call = make?.(args, params);
  if (call === undefined) throw new Error(`${words.join(" ")}: no such command`);
  return call;
}

type Make = (args: string[], params: Record<string, string>) => ApiCall | undefined;

const commands: Record<string, Make> = {
  pvesh([verb = "", path = ""], { "output-format": _, ...params }) {
    if (!["get", "create", "set", "delete"].includes(verb)) return undefined;
    return { verb: verb as ApiCall["verb"], path: path.replace(/\/$/, ""), params };
  },
  "ha-manager"([verb = "", ...args], params): ApiCall | undefined {
    const [first = "", second = "", third = ""] = args;
    const resources = "/cluster/ha/resources";
    const rules = "/cluster/ha/rules";
    switch (verb === "rules" ? `rules ${first}` : verb) {
      case "add":
        return { verb: "create", path: resources, params: { sid: first, ...params } };
      case "set":
        return { verb: "set", path: `${resources}/${first}`, params };
      case "remove":
        return { verb: "delete", path: `${resources}/${first}`, params };
      case "migrate":
      case "relocate":
        return { verb: "create", path: `${resources}/${first}/${verb}`, params: { node: second } };
      case "rules add":
        return { verb: "create", path: rules, params: { type: second, rule: third, ...params } };
      case "rules set":
        return { verb: "set", path: `${rules}/${third}`, params: { type: second, ...params } };
      case "rules remove":
        return { verb: "delete", path: `${rules}/${second}`, params };
      default:
        return undefined;
    }
  },
  pveum([what = "", verb = "", ...args], params): ApiCall | undefined {
    const [first = "", second = "", third = ""] = args;
    switch (`${what} ${verb}${what === "user" && verb === "token" ? ` ${first}` : ""}`) {
      case "user add":
        return { verb: "create", path: "/access/users", params: { userid: first, ...params } };
      case "user token add":
        return { verb: "create", path: `/access/users/${second}/token/${third}`, params };
      case "role add":
        return { verb: "create", path: "/access/roles", params: { roleid: first, ...params } };
      case "acl modify":
        return { verb: "set", path: "/access/acl", params: { path: first, ...params } };
      default:
        return undefined;
    }
  },
  pct: (args, params) => guestCommand("lxc", args, params),
  qm: (args, params) => guestCommand("qemu", args, params),
  pvesr([verb = "", id = "", target = ""], params): ApiCall | undefined {
    const path = `/cluster/replication/${id}`;
    switch (verb) {
      case "create-local-job":
        return { verb: "create", path: "/cluster/replication", params: { id, target, ...params } };
      case "delete":
        return { verb: "delete", path, params };
      case "enable":
        return { verb: "set", path, params: { delete: "disable" } };
      case "disable":
        return { verb: "set", path, params: { disable: "1" } };
      case "schedule-now":
        return { verb: "create", path: `/nodes/localhost/replication/${id}/schedule_now`, params };
      default:
        return undefined;
    }
  },
};

/** Both are commands of the node that holds the guest; the API's path names it. */
function guestCommand(kind: string, [verb = "", vmid = "", target = ""]: string[], params: Props) {
  const path = `/nodes/localhost/${kind}/${vmid}`;
  const given = params as Record<string, string>;
  switch (verb) {
    case "migrate":
      return { verb: "create" as const, path: `${path}/migrate`, params: { target, ...given } };
    case "set":
      return { verb: "set" as const, path: `${path}/config`, params: given };
    case "start":
    case "stop":
    case "shutdown":
      return { verb: "create" as const, path: `${path}/status/${verb}`, params: given };
    default:
      return undefined;
  }
}

/** `--key value`, `--key=value`, and `--flag` before another option or at the end. */
function optionsOf(words: readonly string[]) {
  const plain: string[] = [];
  const params: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const option = /^--?([a-z][a-z0-9_-]*)(?:=(.*))?$/.exec(word);
    if (option?.[1] === undefined) plain.push(word);
    else if (option[2] !== undefined) params[option[1]] = option[2];
    else {
      const next = words[index + 1];
      const value = next === undefined || next.startsWith("-") ? undefined : next;
      params[option[1]] = value ?? "1";
      if (value !== undefined) index += 1;
    }
  }
  return { plain, params };
}
