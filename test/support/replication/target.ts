import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { onTestFinished, test } from "vitest";
import { authorizeKey } from "../../../templates/host/install";
import { forcedCommand } from "../../../templates/replication/forced-command";
import type { CopiedTree } from "../../../templates/replication/lsyncd";
import { type Sshd, startSshd } from "../sshd";
import { asRoot, needTool, noRoot, runTool } from "../tools";

/** What a leaked replication key must never show. */
export const SECRET = "outside-secret-5f2c";

/** A member that gets copies: a real sshd, the key line and the forced command as on a host. */
export interface Target {
  sshd: Sshd;
  /** What lsyncd would copy. */
  trees: readonly CopiedTree[];
  dynamic: string;
  /** A directory beside it, with a secret in it, to which links in the copied directory point. */
  outside: string;
  /** Options of rsync that go through the key. */
  rsh: string;
  /** Runs the real rsync. */
  rsync(...args: readonly string[]): { status: number | null; output: string };
  /** Gives the source another key, as a run of the key's command does that makes and spreads a new one. */
  changeKey(): void;
  /** Names, modes and contents of everything outside the copied directories. */
  elsewhere(): string[];
}

const sudo = asRoot();
if (sudo === undefined) {
  // Written past the console, which the tests keep silent.
  process.stderr.write(`\n!!! REPLICATION WAS NOT TESTED AS ROOT: ${noRoot} !!!\n\n`);
}

/** A test that needs root; where HOMELAB_REQUIRE_ALL=1 demands everything it fails without. */
export const rootTest = test.runIf(sudo !== undefined || process.env.HOMELAB_REQUIRE_ALL === "1");

/**
 * @param given `rsync`: the program of the member; `command`: its forced command. @default as deployed
 */
export async function startTarget({
  rsync = "/usr/bin/rsync",
  command: forced = forcedCommand,
}: {
  rsync?: string;
  command?: typeof forcedCommand;
} = {}): Promise<Target> {
  if (sudo === undefined) throw new Error(noRoot);
  needTool("rsync");
  const sshd = await startSshd();
  const at = (name: string) => join(sshd.dir, name);
  for (const name of ["dynamic", "certificates", "outside", "home"]) mkdirSync(at(name));
  writeFileSync(at("outside/secret"), SECRET, { mode: 0o600 });
  symlinkSync(at("outside"), at("dynamic/out"));
  symlinkSync("../outside", at("dynamic/up"));
  symlinkSync(at("outside/secret"), at("dynamic/linked.yml"));
  const trees: CopiedTree[] = [
    {
      module: "dynamic",
      directory: at("dynamic"),
      exclude: ["/routes.yml", "/certificates.yml", "acme.json", ".*"],
      chmod: "ug-s,go-w,F-x",
    },
    {
      module: "certificates",
      directory: at("certificates"),
      exclude: ["acme.json", ".*"],
      chmod: "D700,F600",
    },
  ];
  const authorizedKeys = at("home/.ssh/authorized_keys");
  const text = forced(trees, { rsync, authorizedKeys });
  writeFileSync(at("forced.sh"), text, { mode: 0o755 });
  if (sudo.length > 0) {
    // Root's copies, in directories that were root's from then on.
    onTestFinished(
      () => void runTool("sudo", ["-n", "rm", "-rf", at("dynamic"), at("certificates")]),
    );
  }
  const command = sudo.length > 0 ? at("as-root.sh") : at("forced.sh");
  if (sudo.length > 0) {
    const keep = "--preserve-env=SSH_ORIGINAL_COMMAND,SSH_CONNECTION";
    // Under the name that the line of the key has.
    const inner = `sh -c '. ${at("forced.sh")}' "$0"`;
    const wrapper = `#!/bin/sh\nexec ${sudo.join(" ")} ${keep} ${inner}\n`;
    writeFileSync(command, wrapper, { mode: 0o755 });
  }
  const known = at("home/known_hosts");
  const { port, hostKey, user } = sshd.connection;
  writeFileSync(known, `[127.0.0.1]:${port} ${hostKey}\n`);
  const authorize = () => {
    const authorized = runTool(
      "env",
      [`HOME=${at("home")}`, "sh", "-c", authorizeKey("127.0.0.1", command)],
      { input: readFileSync(`${sshd.identity}.pub`, "utf8").split(" ").slice(0, 2).join(" ") },
    );
    if (authorized.status !== 0) throw new Error(authorized.output);
    // What sshd reads lies beside the key.
    writeFileSync(`${sshd.identity}.pub`, readFileSync(authorizedKeys));
  };
  authorize();
  // One connection for all, which takes most of the time.
  const control = [
    "-o",
    "ControlMaster=auto",
    "-o",
    "ControlPersist=yes",
    "-o",
    `ControlPath=${at("home/mux")}`,
  ];
  onTestFinished(() => void runTool("ssh", ["-O", "exit", ...control, "127.0.0.1"]));
  const options = ["-p", `${port}`, "-l", user, "-i", sshd.identity, "-o", "IdentitiesOnly=yes"];
  options.push("-o", "BatchMode=yes", "-o", `UserKnownHostsFile=${known}`);
  const rsh = ["ssh", ...options, ...control].join(" ");
  return {
    sshd,
    trees,
    dynamic: at("dynamic"),
    outside: at("outside"),
    rsh,
    changeKey() {
      for (const end of ["", ".pub"]) rmSync(`${sshd.identity}${end}`);
      const { status, output } = runTool("ssh-keygen", [
        ...["-q", "-t", "ed25519", "-N", "", "-f", sshd.identity],
      ]);
      if (status !== 0) throw new Error(output);
      authorize();
    },
    rsync: (...args) => runTool("timeout", ["20", "rsync", "-e", rsh, ...args]),
    elsewhere: () =>
      listing(sshd.dir).filter((line) => !/^((dynamic|certificates)\/|home\/mux)/.test(line)),
  };
}

/** Every name below a directory, with kind, mode, and content. */
export function listing(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      const below = entry.isDirectory() ? listing(path) : [];
      return [`${entry.name} ${describe(path)}`, ...below.map((line) => `${entry.name}/${line}`)];
    });
}

function describe(path: string): string {
  const status = lstatSync(path);
  const mode = (status.mode & 0o7777).toString(8);
  if (status.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (status.isDirectory()) return `directory ${mode}`;
  if (!status.isFile()) return `special ${mode}`;
  return `${mode} ${createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 12)}`;
}

/** Files of that name anywhere on this machine where root usually writes. */
export function found(marker: string, allowed: readonly string[]): string[] {
  const places = [
    "/tmp",
    "/etc",
    "/root",
    "/run",
    "/var/tmp",
    "/var/lib",
    "/dev/shm",
    "/usr/local",
  ];
  const { output } = runTool("find", [
    ...places.filter(existsSync),
    "-xdev",
    "-name",
    `*${marker}*`,
  ]);
  return output
    .split("\n")
    .filter((path) => path.includes(marker) && !allowed.some((dir) => path.startsWith(`${dir}/`)));
}

/** For rsync's `-e`: asks for this command, whatever rsync wants to ask for. */
export function asking(target: Target, command: string): string {
  const wrapper = join(mkdtempSync(join(target.sshd.dir, "..", "asking-")), "ssh.sh");
  writeFileSync(wrapper, `#!/bin/sh\nexec ${target.rsh} 127.0.0.1 '${command}'\n`, { mode: 0o755 });
  return wrapper;
}

/** For rsync's `-e`: bytes of what it sends are replaced by as many others. */
export function tampered(target: Target, from: Buffer, to: Buffer): string {
  const script = join(target.sshd.dir, "..", "tamper.cjs");
  writeFileSync(
    script,
    `const { spawn } = require("node:child_process");
const [from, to, command, ...rest] = process.argv.slice(2);
const [a, b] = [from, to].map((hex) => Buffer.from(hex, "hex"));
const ssh = spawn("sh", ["-c", command + ' "$@"', "sh", ...rest], { stdio: ["pipe", "inherit", "inherit"] });
process.stdin.on("data", (chunk) => {
  for (let at = chunk.indexOf(a); at >= 0; at = chunk.indexOf(a, at + 1)) b.copy(chunk, at);
  ssh.stdin.write(chunk);
}).on("end", () => ssh.stdin.end());
ssh.stdin.on("error", () => {});
ssh.on("exit", (code) => process.exit(code ?? 1));
`,
  );
  const wrapper = join(target.sshd.dir, "..", "tamper.sh");
  const words = [from.toString("hex"), to.toString("hex"), `'${target.rsh}'`];
  const text = `#!/bin/sh\nexec env -u NODE_OPTIONS ${process.execPath} ${script} ${words.join(" ")} "$@"\n`;
  writeFileSync(wrapper, text, { mode: 0o755 });
  return wrapper;
}
