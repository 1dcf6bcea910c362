import { stringify } from "yaml";
import { nowMs } from "../../clients/steady/clock";
import { BACKEND_URL } from "../instruments/backend";
import { answers } from "../instruments/http";
import { inHost, type LabHost } from "../machine/host";
import { sleep } from "../machine/shell";
import { DYNAMIC_DIRECTORY, WEB_PORT } from "../pair/pair";
import type { Scenario } from "./scenario";
import { roles, type Stage } from "./stage";

const FILE = `${DYNAMIC_DIRECTORY}/by-hand.yml`;
let serial = 0;

/** Written beside the live file and renamed, as editors do. */
function write(host: LabHost, content: string) {
  const script = `cat >${FILE}.tmp && mv ${FILE}.tmp ${FILE}`;
  return inHost(host, script, { input: content });
}

/** How often Traefik has taken a configuration over since it started. */
async function reloads(host: LabHost): Promise<number> {
  // A rolling update of the lab moves the port.
  const port = "$(grep -A 1 management: /etc/traefik/traefik.yml | grep -oE '[0-9]+$')";
  const asked = await inHost(host, `curl -fsS -m 5 http://127.0.0.1:${port}/metrics`);
  const found = /^traefik_config_reloads_total (\S+)$/m.exec(asked.stdout);
  if (!found) throw new Error(`${host.name}: Traefik's metrics do not say how often it reloaded`);
  return Number(found[1]);
}

async function removeEverywhere(stage: Stage): Promise<void> {
  // Replication deletes nothing on the other members, on purpose.
  const { preferred, other } = roles(stage);
  for (const host of [preferred, other]) await inHost(host, `rm -f ${FILE}`);
  // The reload for the removal must not count as one of the next run, however busy the machine is.
  const endMs = nowMs() + 20_000;
  for (const { address } of [preferred, other]) {
    while (nowMs() < endMs && (await answers(address, WEB_PORT, editedHost()))) await sleep(0.1);
  }
  await sleep(1);
}

const editedHost = () => `edited-${serial}.lab.test`;

/** Somebody edits a file on the first member; it has to be live on the others as well. */
export const configEdited: Scenario = {
  name: "config-edited",
  title: "Configuration edited on the first member",
  address: "stays",
  act: async (stage) => {
    const { preferred, other } = roles(stage);
    serial += 1;
    const host = editedHost();
    const routers = {
      edited: { entryPoints: ["web"], rule: `Host(\`${host}\`)`, service: "edited" },
    };
    const services = { edited: { loadBalancer: { servers: [{ url: BACKEND_URL }] } } };
    const before = await reloads(other);
    const atMs = nowMs();
    await write(preferred, stringify({ http: { routers, services } }));
    const live = async () => {
      const endMs = atMs + 20_000;
      while (nowMs() < endMs) {
        if (await answers(other.address, WEB_PORT, host)) return nowMs();
        await sleep(0.02);
      }
      return undefined;
    };
    const doneMs = await live();
    if (doneMs === undefined) return { atMs, wrong: `not live on ${other.name} within 20 s` };
    // A second copy of the same file would come within lsyncd's delay and Traefik's throttle.
    await sleep(2);
    const times = (await reloads(other)) - before;
    const wrong =
      times === 1 ? {} : { wrong: `${other.name} reloaded ${times} times for one file` };
    return { atMs, doneMs, note: `live on ${other.name}`, ...wrong };
  },
  watchSec: () => 0,
  target: { withinSec: { fast: 1, compatible: 1 }, lost: 0 },
  repair: removeEverywhere,
  profiles: ["fast", "compatible"],
};

/** Somebody saves a broken file: what was live stays live. */
export const configBroken: Scenario = {
  name: "config-broken",
  title: "Bad configuration pushed",
  address: "stays",
  act: async (stage) => {
    const { preferred } = roles(stage);
    const atMs = nowMs();
    await write(preferred, "http:\n  routers:\n   - broken: [\n");
    return { atMs, note: "old routes stay" };
  },
  watchSec: () => 5,
  target: { moves: false, lost: 0 },
  repair: removeEverywhere,
};
