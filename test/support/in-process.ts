import { homelabCommand } from "../../cli/homelab";
import { beginCommand } from "../../cli/lib/process";
import { runAndLeave } from "../../cli/lib/self/leave";
import type { Ended } from "./clusters/homelab";

/** Names of the leaves of the command tree: `validate`, `cutover next`. */
export function everyCommand(): string[] {
  const leaves = (command: ReturnType<typeof homelabCommand>, before = ""): string[] =>
    command.commands.flatMap((one) => {
      const name = `${before}${one.name()}`;
      return one.commands.length > 0 ? leaves(one, `${name} `) : [name];
    });
  return leaves(homelabCommand()).sort();
}

/**
 * Runs a whole command as a user would, but in this process: what it prints, and the code with which
 * it would have left. One at a time.
 *
 * @param env variables in addition to those of the tests; undefined takes one away
 * @param begun gets what ends it as Ctrl-C does
 */
export async function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  begun: (stop: () => void) => void = () => {},
): Promise<Ended> {
  // Those of whoever runs the tests stay out of it.
  const others = new Set(process.listeners("SIGINT"));
  const texts = { stdout: "", stderr: "" };
  const { argv, exit, env: before } = process;
  const { log, error } = console;
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  const caught = (name: keyof typeof texts) =>
    ((chunk: string | Uint8Array, ...more: unknown[]) => {
      texts[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      const done = more.find((one) => typeof one === "function") as (() => void) | undefined;
      if (done) setImmediate(done);
      return true;
    }) as typeof process.stdout.write;
  try {
    process.argv = [process.execPath, "homelab", ...args];
    process.env = { ...before, CI: "true", ...env };
    for (const [name, value] of Object.entries(env))
      if (value === undefined) delete process.env[name];
    process.stdout.write = caught("stdout");
    process.stderr.write = caught("stderr");
    console.error = (...all: unknown[]) => void process.stderr.write(`${all.join(" ")}\n`);
    const code = await new Promise<number>((resolve, reject) => {
      process.exit = ((given?: number) => resolve(given ?? 0)) as typeof process.exit;
      runAndLeave(homelabCommand).catch(reject);
      begun(() => {
        for (const one of process.listeners("SIGINT")) if (!others.has(one)) one("SIGINT");
      });
    });
    return { code, ...texts };
  } finally {
    Object.assign(process, { argv, exit, env: before });
    Object.assign(console, { log, error });
    process.stdout.write = writes.stdout;
    process.stderr.write = writes.stderr;
    // What ended it must not end what another test file runs in this process.
    beginCommand();
  }
}
