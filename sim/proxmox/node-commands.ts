import type { World } from "../world";
import { answerOf } from "./api-server/answers";
import type { Site } from "./api-server/site";
import { commandOf } from "./commands";
import { runOnHost } from "./host-commands";
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
 * What is known is `pvesh`, and what `commands` and `runOnHost` list because this program or its advice
 * calls it; anything else is refused, so that no advice is believed because nobody looked.
 *
 * @throws Error in Proxmox's words when the real command would refuse
 */
export function runOnNode(world: World, words: readonly string[], site: Site = bareSite): string {
  return runOnHost(world, words) ?? answer(world, callOf(words), site);
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

/**
 * What a command asks of the API.
 *
 * @throws Error where the real command refuses the line itself
 */
export function callOf(words: readonly string[]): ApiCall {
  if (words[0] === "pvesh") return pveshCall(words.slice(1));
  const found = commandOf(words);
  if (!found) throw new Error(`${words.join(" ")}: no such command`);
  const { args: names = [], options = [], inner, call } = found.command;
  const end = inner ? found.rest.indexOf("--") : -1;
  const own = end < 0 ? found.rest : found.rest.slice(0, end);
  const { plain, params } = optionsOf(own);
  const missing = names[plain.length];
  if (missing !== undefined) {
    throw new Error(`400 not enough arguments: ${missing}: ${words.join(" ")}`);
  }
  if (inner && end < 0 && plain.length === names.length) throw new Error("missing command");
  if (!inner && plain.length > names.length) {
    throw new Error(`400 too many arguments: ${words.join(" ")}`);
  }
  for (const option of Object.keys(params)) {
    const known = options === "settings" ? /^[a-z]+\d*$/.test(option) : options.includes(option);
    if (!known) throw new Error(`Unknown option: ${option}`);
  }
  return call(plain, params);
}

function pveshCall(words: readonly string[]): ApiCall {
  const { plain, params } = optionsOf(words);
  const [verb = "", path = ""] = plain;
  const { "output-format": _, ...rest } = params;
  if (!["get", "create", "set", "delete"].includes(verb)) {
    throw new Error(`pvesh ${words.join(" ")}: no such command`);
  }
  return { verb: verb as ApiCall["verb"], path: path.replace(/\/$/, ""), params: rest };
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
