import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { rehearsedPair, type StackFile } from "../rehearsed-pair";
import { NASTY } from "./stack";

/** An HTTP server of a test, and its port. */
export async function httpServer(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Variables with which a command finds a forge. */
export const forgeEnv = (port: number) => ({
  GITHUB_REPOSITORY: "me/home",
  GITHUB_API_URL: `http://127.0.0.1:${port}`,
  GITHUB_TOKEN: "t",
  PULL_REQUEST: "7",
  GITLAB_CI: "",
});

/** A Pulumi CLI that refuses everything, with a text. */
export function refusingEngine(dir: string, text = NASTY): Record<string, string> {
  const bin = join(dir, "engine", "bin");
  mkdirSync(bin, { recursive: true });
  const words = JSON.stringify(text);
  writeFileSync(
    join(bin, "pulumi"),
    `#!${process.execPath}
if (process.argv[2] === "version") { console.log("v3.248.0"); process.exit(); }
console.log(${words});
console.error("error: " + ${words});
process.exit(255);
`,
  );
  chmodSync(join(bin, "pulumi"), 0o755);
  return {
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${dir}`,
    PULUMI_CONFIG_PASSPHRASE: "",
  };
}

/** A pair whose members answer every command with a text, and how commands find it. */
export async function talkingPair(
  text = NASTY,
  code = 0,
  change: (stack: StackFile) => void = () => {},
): Promise<string[]> {
  const { first, second, flags } = await rehearsedPair(change);
  for (const { dir } of [first, second]) {
    writeFileSync(join(dir, "words"), text);
    for (const program of PROGRAMS) {
      const script = `#!/bin/sh\n/bin/cat "${join(dir, "words")}"\nexit ${code}\n`;
      writeFileSync(join(dir, "bin", program), script, { mode: 0o755 });
    }
  }
  return flags;
}

/** Programs that the questions and scripts of the commands run on a host. */
const PROGRAMS = [
  ...[
    "cat",
    "curl",
    "date",
    "df",
    "dpkg-query",
    "find",
    "hostname",
    "id",
    "ip",
    "journalctl",
    "ls",
  ],
  ...["keepalived", "pct", "pveversion", "sha256sum", "ss", "stat", "systemctl", "tar", "uname"],
];
