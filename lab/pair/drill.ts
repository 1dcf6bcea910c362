import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { UNDO_UNIT } from "../../templates/host/drill";
import { startBackend } from "../instruments/backend";
import { clean } from "../machine/clean";
import { bootHost, inHost, killHost } from "../machine/host";
import { ensureImage } from "../machine/image";
import { until } from "../machine/shell";
import { noteProcess } from "../machine/state";
import { raise, type World } from "../machine/world";
import { roles, steady } from "../scenarios/stage";
import { openDeployment } from "./deploy";
import { openStage } from "./open-stage";
import { releaseIn } from "./release";
import { rehearseRunbook } from "./runbook";
import { type LabStack, writeStackFile, wrongIn } from "./stack-file";
import { ensureTraefik } from "./traefik";

type Say = (line: string) => void;

const root = join(__dirname, "..", "..");

/** A `homelab drill` under way. */
interface Running {
  pid: number;
  /** Resolves when it has said this on standard error. */
  said(text: string): Promise<void>;
  ended: Promise<{ code: number | null; output: string }>;
}

/**
 * Rehearses `homelab drill` on real hosts: from start to report, with a second host that dies half-way,
 * and with a control machine that dies while a fault is there. Then procedures of the runbook, word by
 * word.
 *
 * @returns exit code: 1 when one of them did not end as it has to
 */
export async function runDrill(options: { profile: VrrpProfile }, say: Say): Promise<number> {
  const release = releaseIn(readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8"));
  const image = await ensureImage(say);
  const traefik = await ensureTraefik(release, say);
  try {
    const world = await raise([traefik.layer, image], release.version, say);
    return await rehearseDrills(world, options.profile, say);
  } finally {
    await clean();
  }
}

async function rehearseDrills(world: World, profile: VrrpProfile, say: Say): Promise<number> {
  const backend = await startBackend();
  const stage = await openStage(world, profile);
  const deployment = await openDeployment(world, profile);
  try {
    const { seconds } = await deployment.up();
    say(`${profile}: deployed in ${seconds.toFixed(1)} s`);
    const stack = writeStackFile(world, profile);
    const well = () => steady(stage, 120);
    await well();
    const { preferred, other } = roles(stage);
    const missed: string[] = [];
    const expect = (what: string, holds: boolean) => {
      say(`${holds ? "as it has to be" : "MISSED"}: ${what}`);
      if (!holds) missed.push(what);
    };

    const whole = await startDrill(stack, []).ended;
    console.log(`\n${whole.output}`);
    expect("a drill goes from start to report", whole.code === 0);

    await well();
    const half = startDrill(stack, ["--faults", "service-stopped,service-hung"]);
    await half.said("traefik stopped on");
    await killHost(other);
    const aborted = await half.ended;
    console.log(`\n${aborted.output}`);
    expect("a second host that dies ends the drill with code 1", aborted.code === 1);
    expect("the fault is taken back", /restored: traefik serves/.test(aborted.output));
    expect("it says what is not as before", /not restored: traefik-2/.test(aborted.output));
    expect("no other fault is made", /not made any more: service-hung/.test(aborted.output));
    await bootHost(other);
    await well();

    const cut = startDrill(stack, ["--faults", "keepalived-stopped"]);
    await cut.said("keepalived stopped on");
    const stopped = async () => {
      const { status } = await inHost(preferred, "systemctl is-active --quiet keepalived");
      return status !== 0;
    };
    await until("keepalived is stopped", 30, stopped, 0.05);
    process.kill(cut.pid, "SIGKILL");
    await cut.ended;
    const { stdout } = await inHost(preferred, `systemctl is-active ${UNDO_UNIT}.timer; true`);
    expect("the member has its undo armed", stdout.trim() === "active");
    const second = await startDrill(stack, ["--faults", "service-stopped"]).ended;
    expect("no second fault while one is there", second.code === 4);
    await well();
    expect("a member whose control machine died takes the fault back by itself", true);
    for (const miss of await rehearseRunbook(stage, stack, () => wrongIn(stack), say)) {
      expect(miss, false);
    }
    return missed.length > 0 ? 1 : 0;
  } finally {
    stage.client.end();
    stage.scheduler.end();
    backend.stop();
    await deployment.stop();
  }
}

/** Starts the command as people do, on the stack of the lab, from a process of its own. */
function startDrill({ file, identity }: LabStack, more: readonly string[]): Running {
  const args = ["--import", "tsx", join(root, "cli", "homelab.ts"), "drill", "--file", file];
  const child = spawn(process.execPath, [...args, "--identity", identity, "--yes", ...more], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("homelab drill cannot be started");
  noteProcess(pid, "homelab drill");
  let output = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, output }));
  });
  return {
    pid,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void ended.then(() =>
          reject(new Error(`homelab drill ended without "${text}":\n${output}`)),
        );
      }),
  };
}
