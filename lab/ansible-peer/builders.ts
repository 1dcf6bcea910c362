import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { inHost, type LabHost } from "../machine/host";
import { until } from "../machine/shell";
import type { World } from "../machine/world";
import { setUpBaseline } from "../pair/baseline";
import { DYNAMIC_DIRECTORY } from "../pair/pair";
import type { LabProfile } from "../scenarios/stage";
import { openPlaybook } from "./ansible";
import { type PeerPlan, planOf, runProcess, type UpAnswer, upAnswer } from "./plan";
import { changedIn } from "./recap";
import { differences } from "./same-files";
import { type PeerTexts, peerTexts } from "./texts";

/** What building the pair took, in seconds. */
export interface Built {
  first?: number;
  /** The same again, with nothing changed. */
  again?: number;
  /** The same with both members worked on at once. */
  atOnce?: number;
  /** Where the time of both runs went. @default it is not known */
  parts?: Readonly<Record<string, number>>;
  /** What is not as the component would have it. */
  wrong: string[];
}

/** A way to build the pair on fresh hosts. */
export interface Builder {
  name: "ours" | "Ansible" | "baseline";
  profile: LabProfile;
  build(world: World): Promise<Built>;
}

/** The component, with the engine and over SSH; each run is a process of its own. */
export function component(profile: VrrpProfile): Builder {
  return {
    name: "ours",
    profile,
    build: async (world) => {
      const plan = planOf(world, profile);
      const first = await timedUp(plan);
      const again = await timedUp(plan);
      const { same = 0, ...more } = again.answer.changes;
      const changed = Object.keys(more).length > 0 || same === 0;
      return {
        first: first.seconds,
        again: again.seconds,
        parts: { ...partsOf("first", first), ...partsOf("again", again) },
        wrong: [
          ...(changed
            ? [`the second up did ${JSON.stringify(again.answer.changes)}, expected nothing`]
            : []),
          ...(await wrongOn(plan, await textsOf(plan))),
        ],
      };
    },
  };
}

interface TimedUp {
  seconds: number;
  answer: UpAnswer;
}

async function timedUp(plan: PeerPlan): Promise<TimedUp> {
  const begin = performance.now();
  const answer = await runProcess("up-process", plan, upAnswer);
  return { seconds: (performance.now() - begin) / 1000, answer };
}

function partsOf(run: string, { answer: { loadSec, openSec, upSec } }: TimedUp) {
  return {
    [`${run}: load program and SDK`]: loadSec,
    [`${run}: providers and stack`]: openSec,
    [`${run}: up`]: upSec,
  };
}

/** The role set. */
export function ansible(profile: VrrpProfile, bin: string): Builder {
  return {
    name: "Ansible",
    profile,
    build: async (world) => {
      const plan = planOf(world, profile);
      const texts = await textsOf(plan);
      const playbook = openPlaybook(bin, plan, texts);
      await playbook.syntaxCheck();
      const first = await playbook.play();
      const again = await playbook.play();
      const atOnce = await playbook.play(plan.hosts.length);
      const wrong = [again, atOnce].flatMap(({ recap }) =>
        changedIn(recap) === 0
          ? []
          : [`a run with nothing changed: changed=${changedIn(recap)}, expected 0`],
      );
      return {
        first: first.seconds,
        again: again.seconds,
        atOnce: atOnce.seconds,
        wrong: [...wrong, ...(await wrongOn(plan, texts))],
      };
    },
  };
}

/** The pair as it was before: set up by hand, so only what happens afterwards is measured. */
export const baseline: Builder = {
  name: "baseline",
  profile: "baseline",
  build: async ({ hosts }) => {
    for (const [index, host] of hosts.entries()) await setUpBaseline(host, index);
    return { wrong: [] };
  },
};

const textsOf = (plan: PeerPlan) => runProcess("texts-process", plan, peerTexts);

/** Both have to end in the same state, or their times cannot be compared. */
async function wrongOn(plan: PeerPlan, { texts, health }: PeerTexts): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, host] of plan.hosts.entries()) {
    wrong.push(...differences(host, texts[host.name] ?? []));
    const units = [...health.units, ...(index === 0 ? ["lsyncd", "lsyncd-full-sync.timer"] : [])];
    wrong.push(...(await notRunning(host, units)));
  }
  return [...wrong, ...(await notReplicated(plan.hosts))];
}

/** Whether a file that somebody writes on the first member comes to the others. */
async function notReplicated([first, ...others]: readonly LabHost[]): Promise<string[]> {
  if (!first) return [];
  const file = `${DYNAMIC_DIRECTORY}/peer-probe.txt`;
  await inHost(first, `echo probe >${file}`);
  const wrong: string[] = [];
  for (const { name, root } of others) {
    const there = async () => existsSync(join(root, file));
    await until("", 20, there).catch(() =>
      wrong.push(`${name}: ${file} did not come from ${first.name}`),
    );
  }
  await inHost(first, `rm -f ${file}`);
  return wrong;
}

async function notRunning(host: LabHost, units: readonly string[]): Promise<string[]> {
  const script = `for unit in ${units.join(" ")}; do
  echo "$unit $(systemctl is-active "$unit") $(systemctl is-enabled "$unit")"
done`;
  const { stdout } = await inHost(host, script);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith(" active enabled"))
    .map((line) => `${host.name}: ${line}, expected active enabled`);
}
