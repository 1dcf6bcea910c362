import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nowMs } from "../../clients/steady/clock";
import { judgeRequests, type Request } from "../../model/drill/requests";
import { errorText } from "../../model/text";
import { DRAIN_FILE } from "../../templates/keepalived/keepalived";
import { startBackend } from "../instruments/backend";
import { mastersOf } from "../instruments/masters";
import { clean } from "../machine/clean";
import { armCut } from "../machine/faults";
import { bootHost, inHost, killHost, type LabHost } from "../machine/host";
import { ensureImage } from "../machine/image";
import { sleep, until } from "../machine/shell";
import { HOSTS, raise, THIRD, type World } from "../machine/world";
import { type Stage, vrrpState, watchAll, watchHost } from "../scenarios/stage";
import { daemons, deploymentOf } from "../scenarios/update";
import { openDeployment } from "./deploy";
import { openStage } from "./open-stage";
import { DYNAMIC_DIRECTORY } from "./pair";
import { releaseIn } from "./release";
import { writeStackFile, wrongIn } from "./stack-file";
import { ensureTraefik } from "./traefik";

type Say = (line: string) => void;
type Profile = Parameters<typeof openDeployment>[1];

/** What one step of the rehearsal needs. */
interface Rehearsed {
  stage: Stage;
  world: World;
  profile: Profile;
  say: Say;
  /** Notes whether something is as it has to be. */
  expect(what: string, holds: boolean): void;
}

/**
 * Rehearses what becomes of a pair that gets a third member and loses it again, with a client: each change is an
 * `up` with the real engine.
 *
 * @returns exit code: 1 when a request was lost by a change, two hosts had the address, or something stayed behind
 */
export async function runThirdMember(options: { profile: Profile }, say: Say): Promise<number> {
  const stackFile = join(__dirname, "..", "..", "Pulumi.homelab.yaml");
  const release = releaseIn(readFileSync(stackFile, "utf8"));
  const image = await ensureImage(say);
  const traefik = await ensureTraefik(release, say);
  const { profile } = options;
  const missed: string[] = [];
  const expect = (what: string, holds: boolean) => {
    say(`${holds ? "as it has to be" : "MISSED"}: ${what}`);
    if (!holds) missed.push(what);
  };
  try {
    const world = await raise([traefik.layer, image], release.version, say, [...HOSTS, THIRD]);
    const backend = await startBackend();
    const opened = await openStage(pairOf(world), profile);
    const deployment = await openDeployment(pairOf(world), profile);
    const stage = { ...opened, deployment };
    try {
      await deployment.up();
      watchAll({ ...stage, world });
      const rehearsed = { stage, world, profile, say, expect };
      await well(rehearsed, 2);
      await threeAndBack(rehearsed);
    } finally {
      stage.client.end();
      stage.scheduler.end();
      backend.stop();
      await deployment.stop();
    }
  } finally {
    await clean();
  }
  return missed.length > 0 ? 1 : 0;
}

const pairOf = (world: World): World => ({ ...world, hosts: world.hosts.slice(0, 2) });

async function threeAndBack(on: Rehearsed): Promise<void> {
  const { stage, world, profile, expect } = on;
  const { hosts } = world;
  const [first, second, third] = hosts;
  if (!first || !second || !third) throw new Error("this rehearsal needs three hosts");
  const deployment = deploymentOf(stage);

  await undisturbed(on, "a third member", async () => {
    await deployment.up(() => ({ hosts }));
  });
  await well(on, 3);
  expect(
    "each member sends adverts to the two others",
    (await peersOf(hosts)).every(isAllBut(hosts)),
  );
  expect("a file of the first member comes to both others", await copied(first, [second, third]));
  const stack = writeStackFile(world, profile);
  // The members compare their checksums every few seconds.
  await until(
    "the members agree",
    30,
    async () => !/differs/.test((await wrongIn(stack)).join()),
    2,
  );
  const wrong = (await wrongIn(stack)).filter((line) => !/changed its state/.test(line));
  expect(`status finds nothing wrong with three members: ${wrong.join("; ")}`, wrong.length === 0);

  await dies(on, [first], second);
  await dies(on, [first, second], third);

  const before = (await confsOf([first, second])).join("\n");
  const refusal = await deployment
    .up(() => ({ hosts: [first, second] }))
    .then(
      () => "it went through",
      (error: unknown) => errorText(error),
    );
  expect(
    `a member that was only struck out is refused: ${/[^\n]*is no member any more[^\n]*/.exec(refusal)?.[0].trim() ?? refusal}`,
    /10\.77\.0\.13 is no member any more/.test(refusal),
  );
  expect("nothing was changed by that", (await confsOf([first, second])).join("\n") === before);
  await well(on, 3);

  await undisturbed(on, "its way back to two", async () => {
    await deployment.up(() => ({ hosts: [first, second], leaving: [third] }));
  });
  await well(on, 2);
  const [ofFirst, ofSecond] = await peersOf([first, second]);
  const forgotten = ofFirst === second.address && ofSecond === first.address;
  expect("the members that stay send adverts to each other alone", forgotten);
  const units = "keepalived traefik-config-watcher traefik-config-sum.socket traefik-check-watcher";
  const { stdout } = await inHost(
    third,
    `systemctl is-active ${units}; systemctl is-enabled ${units}`,
  );
  expect(
    `what it did is ended and disabled: ${stdout.trim().split("\n").join(", ")}`,
    !/^(active|enabled)$/m.test(stdout),
  );
  const { stdout: aside } = await inHost(third, `ls ${DRAIN_FILE} 2>/dev/null; true`);
  expect("no mark of stepping aside stays", aside.trim() === "");

  const running = daemons(stage);
  const { changes } = await deployment.up(() => ({ leaving: [] }));
  expect(
    `without the entry no daemon restarts: ${JSON.stringify(changes)}`,
    daemons(stage) === running,
  );
  await killHost(third);
  await bootHost(third);
  watchHost(stage, third);
  await sleep(5);
  const after = await mastersOf(stage.vip, hosts);
  expect(
    `after a reboot it leaves the address alone: ${after.join(", ")}`,
    after.join() === first.name,
  );
  const { stdout: started } = await inHost(
    third,
    "systemctl start keepalived; systemctl is-active keepalived; true",
  );
  expect("nobody can start keepalived there by mistake", started.trim() !== "active");

  await undisturbed(on, "its return", async () => {
    await deployment.up(() => ({ hosts }));
  });
  await well(on, 3);
}

/** Something that must not be felt: no request is lost, and no host but the first ever has the address. */
async function undisturbed(
  { stage, say, expect }: Rehearsed,
  what: string,
  act: () => Promise<void>,
): Promise<void> {
  const seen = stage.changes.length;
  await stage.client.start();
  await sleep(1);
  const beginMs = nowMs();
  await act();
  const seconds = ((nowMs() - beginMs) / 1000).toFixed(1);
  await sleep(3);
  const { requests, lost, losses, longestGapMs } = judgeRequests(
    await stage.client.stop(),
    beginMs,
  );
  say(`${what}: ${seconds} s, longest gap ${Math.round(longestGapMs)} ms`);
  expect(`${what}: lost ${lost} of ${requests} ${JSON.stringify(losses)}`, lost === 0);
  const moves = stage.changes
    .slice(seen)
    .map(({ host, owns }) => `${host} ${owns ? "took" : "lost"}`);
  expect(
    `${what}: the address stays where it is: ${moves.join(", ") || "no move"}`,
    moves.length === 0,
  );
}

/** Some members die, one right after the other; the named one has to take the address in time. */
async function dies(on: Rehearsed, victims: readonly LabHost[], heir: LabHost): Promise<void> {
  const { stage, say, expect } = on;
  const names = victims.map(({ name }) => name).join(" and ");
  await stage.client.start();
  await sleep(1);
  let atMs = 0;
  for (const host of victims) {
    atMs = (await armCut(host)).fire();
    await killHost(host);
  }
  await until(`${heir.name} has the address`, 30, async () => {
    return (await mastersOf(stage.vip, [heir])).join() === heir.name;
  });
  await sleep(2);
  const requests = await stage.client.stop();
  const answered = firstAnswerMs(requests, heir, atMs);
  const { lost, requests: all } = judgeRequests(requests, atMs);
  const limitMs = stage.budget.crashSec * 1000 + 300;
  say(
    `${names} dead: ${heir.name} answered after ${Math.round(answered)} ms, lost ${lost} of ${all}`,
  );
  expect(
    `${names} dead: ${heir.name} answers within ${Math.round(limitMs)} ms`,
    answered <= limitMs,
  );
  for (const host of victims) {
    await bootHost(host);
    watchHost(stage, host);
  }
  await well(on, 3);
}

/** Milliseconds from the last fault until a request that began after it was answered by a member. */
function firstAnswerMs(requests: readonly Request[], { address }: LabHost, atMs: number): number {
  const own = requests.filter(
    ({ outcome, member, endMs }) => outcome === "ok" && member === address && endMs > atMs,
  );
  return Math.min(...own.map(({ endMs }) => endMs)) - atMs;
}

/** Waits until the first so many hosts are members that are well, and the first one alone has the address. */
async function well({ stage, world }: Rehearsed, members: number): Promise<void> {
  let why = "";
  const ask = async () => {
    const masters = await mastersOf(stage.vip, world.hosts);
    why = `the address is on ${masters.join(" and ") || "no host"}`;
    if (masters.join() !== world.hosts[0]?.name) return false;
    for (const [index, host] of world.hosts.slice(0, members).entries()) {
      const problem = await stage.served.problemOn(host);
      const state = await vrrpState(host);
      why = problem ?? `keepalived of ${host.name} is ${state}`;
      if (problem !== undefined || state !== (index === 0 ? "MASTER" : "BACKUP")) return false;
    }
    return true;
  };
  try {
    await until(`${members} members are well`, 120, ask, 0.25);
  } catch (error) {
    throw new Error(`${errorText(error)}: ${why}`);
  }
}

const confsOf = (hosts: readonly LabHost[]) =>
  Promise.all(
    hosts.map(async (host) => (await inHost(host, "cat /etc/keepalived/keepalived.conf")).stdout),
  );

/** The peers of each host, as its keepalived has them. */
async function peersOf(hosts: readonly LabHost[]): Promise<string[]> {
  return (await confsOf(hosts)).map((conf) => {
    const inside = /unicast_peer \{([^}]*)\}/.exec(conf)?.[1] ?? "";
    return inside.trim().split(/\s+/).sort().join(" ");
  });
}

const isAllBut = (hosts: readonly LabHost[]) => (peers: string, index: number) =>
  peers ===
  hosts
    .filter((_, other) => other !== index)
    .map(({ address }) => address)
    .sort()
    .join(" ");

async function copied(from: LabHost, to: readonly LabHost[]): Promise<boolean> {
  const file = `${DYNAMIC_DIRECTORY}/by-hand.yml`;
  await inHost(from, `printf '# by hand\\n' >${file}`);
  try {
    for (const host of to) {
      const there = async () => (await inHost(host, `test -e ${file}`)).status === 0;
      await until(`${host.name} has the file`, 30, there);
    }
    return true;
  } catch {
    return false;
  } finally {
    for (const host of [from, ...to]) await inHost(host, `rm -f ${file}`);
  }
}
