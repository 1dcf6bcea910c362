import type { CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { nowMs } from "../../clients/steady/clock";
import { errorText } from "../../model/text";
import { answers } from "../instruments/http";
import { inHost } from "../machine/host";
import { sleep, until } from "../machine/shell";
import type { Deployment } from "../pair/deploy";
import { DYNAMIC_DIRECTORY, WEB_PORT } from "../pair/pair";
import type { LabProgram } from "../pair/program";
import type { Act, Scenario } from "./scenario";
import { roles, type Stage } from "./stage";
import { daemons, deploymentOf } from "./update";

/** One way in which a `pulumi up` cannot succeed. */
export interface Corruption {
  /** Name on the command line, after `corrupted-`. */
  name: string;
  title: string;
  /** What the `up` is given, beside a new route. @default nothing else */
  wanted?: Partial<LabProgram>;
  /** What is done to a host before. @default nothing */
  spoil?(stage: Stage): Promise<void>;
  /** Tries the `up`, and hands back its error. @default up to its end */
  attempt?(stage: Stage, up: () => Promise<string>): Promise<string>;
  /** What the error has to say, of host and file above all. */
  says(stage: Stage): RegExp[];
  /** Removes the cause from the host; whether it is there or not. @default nothing */
  mend?(stage: Stage): Promise<void>;
  /** What stays with the stack, once it is right. @default nothing but the route */
  mended?: Partial<LabProgram>;
  /** Whether a daemon may have been restarted when all is over. @default no */
  restarts?: boolean;
  /** Removes what `mended` left on the hosts. @default nothing */
  tidy?(stage: Stage): Promise<void>;
}

/** Adds to the text of a file, as a transform of a stack does. */
export const added = (text: string) => (args: CommandArgs) => ({
  ...args,
  stdin: pulumi.interpolate`${args.stdin}${text}`,
});

/** Everything that a corruption may set, as it is while all is well. */
const SOUND: Partial<LabProgram> = {
  routes: {},
  interface: undefined,
  certificates: undefined,
  transform: undefined,
};

let serial = 0;

/**
 * The scenario of a corruption: an `up` that fails and says where, a service that goes on, and once
 * the cause is gone an `up` that puts everything right and one that has nothing left to do.
 */
export function corrupted(corruption: Corruption): Scenario {
  const { name, title, wanted, mended = {} } = corruption;
  let sound = true;
  return {
    name: `corrupted-${name}`,
    title,
    address: "stays",
    profiles: ["fast"],
    once: true,
    watchSec: () => 0,
    target: { moves: false, lost: 0 },
    act: async (stage) => {
      sound = false;
      serial += 1;
      const host = `repaired-${serial}.lab.test`;
      const routes = { repaired: host };
      const deployment = deploymentOf(stage);
      const before = daemons(stage);
      const wrong: string[] = [];
      await corruption.spoil?.(stage);
      const atMs = nowMs();
      const up = () => refusalOf(deployment, { ...SOUND, ...wanted, routes });
      const text = await (corruption.attempt?.(stage, up) ?? up());
      const failedMs = nowMs();
      for (const expected of corruption.says(stage)) {
        if (!expected.test(text)) wrong.push(`the error lacks ${expected}: ${text}`);
      }
      await corruption.mend?.(stage);
      await deployment.up(() => ({ ...SOUND, ...mended, routes }));
      wrong.push(...(await remains(stage, host)));
      const after = daemons(stage);
      if (!corruption.restarts && before !== after) {
        wrong.push(`restarted: ${before}; then ${after}`);
      }
      const { changes } = await deployment.up();
      if (Object.keys(changes).join() !== "same") {
        wrong.push(`up after the repair: found ${JSON.stringify(changes)}, expected only same`);
      }
      sound = Object.keys(mended).length === 0;
      return actOf(atMs, failedMs, text, wrong);
    },
    repair: async (stage) => {
      if (sound) return;
      await corruption.mend?.(stage);
      await deploymentOf(stage).recover();
      await deploymentOf(stage).up(() => SOUND);
      await corruption.tidy?.(stage);
    },
  };
}

function actOf(atMs: number, failedMs: number, text: string, wrong: readonly string[]): Act {
  const seconds = ((failedMs - atMs) / 1000).toFixed(0);
  const lines = text.split("\n").map((line) => line.trim());
  // The host's own words, or else the engine's.
  const telling = lines.find((line) => /^\S+: \//.test(line)) ?? lines.slice(1, 3).join(" ");
  const note = `refused after ${seconds} s: ${telling.slice(0, 250)}`;
  return { atMs, doneMs: nowMs(), note, ...(wrong.length > 0 && { wrong: wrong.join("; ") }) };
}

/** The error of an `up` that must not succeed; empty when it does. */
async function refusalOf(deployment: Deployment, wanted: Partial<LabProgram>): Promise<string> {
  try {
    await deployment.up(() => wanted);
    return "";
  } catch (error) {
    return errorText(error);
  }
}

/** What is not as it should be after the repair: the route on each member, and no half-written file. */
async function remains(stage: Stage, host: string): Promise<string[]> {
  const { preferred, other } = roles(stage);
  const wrong: string[] = [];
  for (const member of [preferred, other]) {
    const live = () => answers(member.address, WEB_PORT, host);
    await until("the new route answers", 10, live).catch(() =>
      wrong.push(`the new route does not answer on ${member.name}`),
    );
    const folders = `${DYNAMIC_DIRECTORY} /etc/traefik /etc/keepalived /etc/systemd/system /usr/local/bin`;
    const search = `find ${folders} -maxdepth 1 -name '.*.new' -o -maxdepth 1 -name '.*.unread'`;
    const { stdout } = await inHost(member, search);
    if (stdout !== "") wrong.push(`left on ${member.name}: ${stdout.trim()}`);
  }
  // What is asked of a member directly is not what the client sees.
  await sleep(0.5);
  return wrong;
}
