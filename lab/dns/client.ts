import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AHEAD } from "../instruments/ahead";
import { CLIENT } from "../machine/network";
import { RUN_FOLDER } from "../machine/places";
import { noteProcess } from "../machine/state";
import type { LookUp } from "./table";

/** Milliseconds between two look-ups. */
export const EVERY_MS = 20;

/** A client that looks a name up all the time. */
export interface Resolving {
  /** Ends it, and hands back all of its look-ups, once the last one has its answer. */
  stop(): Promise<LookUp[]>;
}

/**
 * Starts a client with a resolv.conf of its own, which the C library's resolver reads.
 *
 * @param conf text of resolv.conf
 */
export async function startResolving(name: string, conf: string): Promise<Resolving> {
  const folder = join(RUN_FOLDER, "resolving");
  mkdirSync(folder, { recursive: true });
  const own = join(folder, `${conf.replace(/[^a-z0-9]+/g, "-")}conf`);
  writeFileSync(own, conf);
  const order = join(folder, "nsswitch.conf");
  writeFileSync(order, "hosts: dns\n");
  const script = `set -eu
mount --make-rprivate /
mount --bind "$1" /etc/resolv.conf
mount --bind "$2" /etc/nsswitch.conf
exec python3 "$3" "$4" "$5"`;
  const child = spawn(
    "nsenter",
    [
      ...[`--net=/run/netns/${CLIENT.name}`, "unshare", "-m", ...AHEAD],
      ...["sh", "-c", script, "sh", own, order, join(__dirname, "look-ups.py"), name],
      String(EVERY_MS),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  if (child.pid !== undefined) noteProcess(child.pid, "look-ups");
  let printed = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (printed.startsWith("ready\n")) resolve();
    });
    child.once("close", (code) => reject(new Error(`a client ended with code ${code}`)));
  });
  return {
    stop: async () => {
      child.stdin.end();
      await ended;
      return printed
        .split("\n")
        .slice(1)
        .filter(Boolean)
        .map((line) => {
          const [startMs, tookMs, ...outcome] = line.split(" ");
          return {
            startMs: Number(startMs),
            tookMs: Number(tookMs),
            outcome: outcome.join(" "),
          };
        });
    },
  };
}
