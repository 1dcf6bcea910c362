import "../../../start/light-sdk";
import { z } from "zod";
import { openStack } from "../../../clients/pulumi/engine";
import { memberProgram } from "./ssh";

/** What a process is told that runs one `up` over SSH, so that a test can kill it with its engine. */
const sshUp = z.object({
  sshd: z.object({
    connection: z.object({
      host: z.string(),
      port: z.number(),
      user: z.string(),
      hostKey: z.string(),
      privateKey: z.string(),
      dialErrorLimit: z.number(),
      perDialTimeout: z.number(),
    }),
    dir: z.string(),
  }),
  wanted: z.object({ conf: z.string(), routes: z.string(), copied: z.string() }),
  stateDir: z.string(),
  debugProviders: z.string(),
});

export type SshUp = z.output<typeof sshUp>;

async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  const { sshd, wanted, stateDir, debugProviders } = sshUp.parse(JSON.parse(text));
  const program = memberProgram(sshd, wanted);
  const stack = await openStack({ stack: "ssh", program, sim: { debugProviders }, stateDir });
  await stack.up();
}

void main();
