import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hosts, Output } from "../model";
import type { World } from "../world";
import { runOnNode } from "./node-commands";

/**
 * A node of the simulated cluster on which scripts really run: in a shell of this machine, with a
 * `pvesh` that asks the simulated cluster. Scripts without `pvesh` are for other hosts, and only noted.
 */
export function nodeShell(world: () => World): Hosts {
  return {
    async run(command, _inputs, before) {
      return /\bpvesh\b/.test(command) ? runScript(command, world()) : before;
    },
    async copy() {},
  };
}

async function runScript(script: string, world: World): Promise<Output> {
  const server = createServer((socket) => {
    let asked = "";
    socket.on("data", (chunk) => {
      asked += String(chunk);
      if (!asked.endsWith("\0\n")) return;
      socket.end(reply(world, asked.split("\0").slice(0, -1)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), "homelab-node-"));
  try {
    writeFileSync(join(folder, "pvesh"), pvesh(port));
    chmodSync(join(folder, "pvesh"), 0o755);
    return await shell(script, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    server.close();
  }
}

/** Exit code on the first line, then what is printed. */
function reply(world: World, args: string[]): string {
  try {
    return `0\n${runOnNode(world, ["pvesh", ...args])}`;
  } catch (error) {
    return `255\n${error instanceof Error ? error.message : String(error)}\n`;
  }
}

const pvesh = (port: number) => `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${port}
printf '%s\\0' "$@" >&3
printf '\\n' >&3
read -r code <&3
if [ "$code" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
`;

function shell(script: string, folder: string): Promise<Output> {
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const child = spawn("/bin/sh", ["-c", script], { env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk) => {
      texts[name] += String(chunk);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const output = { stdout: texts.stdout.trimEnd(), stderr: texts.stderr.trimEnd() };
      if (code === 0) resolve(output);
      // pulumi-command, remote/commandOutputs.go `run`
      else reject(new Error(`Process exited with status ${code}: ${output.stderr}`));
    });
  });
}
