import { openStack } from "../../../clients/pulumi/engine";
import type { Sshd } from "../sshd";
import { memberProgram, type Wanted } from "./ssh";

/** What a process is told that runs one `up` over SSH, so that a test can kill it with its engine. */
export interface SshUp {
  sshd: Pick<Sshd, "connection" | "dir">;
  wanted: Wanted;
  stateDir: string;
  debugProviders: string;
}

async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  const { sshd, wanted, stateDir, debugProviders } = JSON.parse(text) as SshUp;
  const program = memberProgram(sshd, wanted);
  const stack = await openStack({ stack: "ssh", program, sim: { debugProviders }, stateDir });
  await stack.up();
}

void main();
