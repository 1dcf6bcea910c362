import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { parse, stringify } from "yaml";
import { homelab, root } from "./clusters/homelab";
import { freePort, type Sshd, startSshd } from "./sshd";

/** The virtual address of the pair, on the loopback interface. */
export const VIP = "127.0.0.101";

/** A stack file as YAML has it. */
export interface StackFile {
  config: Record<string, Record<string, Record<string, unknown>>>;
}

/**
 * Programs that stand for the daemons: healthy unless the file `sick` is there, and in possession of
 * the virtual address while `owner` is.
 */
const stubs: Record<string, string> = {
  systemctl: 'echo "$*" >>"$HOST/asked"',
  curl: '[ ! -e "$HOST/sick" ]',
  timeout: "true",
  sleep: "true",
  journalctl: 'echo "the last words of $6"',
  ip: `[ ! -e "$HOST/owner" ] || echo "2: eth0 inet ${VIP}/24 scope global eth0"`,
};

/** A member of the pair: a server on an address of its own, with stubs for the daemons. */
async function member(host: string, port: number, identity?: string): Promise<Sshd> {
  const sshd = await startSshd({
    host,
    port,
    env: (dir) => ({
      HOST: dir,
      PATH: `${dir}/bin:/usr/bin:/bin`,
      HOMELAB_HA_ASIDE: join(dir, "aside"),
      HOMELAB_HA_METRICS: dir,
      HOMELAB_HA_ROOT: join(dir, "root"),
    }),
    ...(identity === undefined ? {} : { identity }),
  });
  mkdirSync(join(sshd.dir, "bin"));
  for (const [name, body] of Object.entries(stubs)) {
    writeFileSync(join(sshd.dir, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return sshd;
}

/** A pair of which the first owns the address, and commands on the stack file that describes it. */
export async function rehearsedPair(change: (stack: StackFile) => void = () => {}) {
  const port = await freePort("127.0.0.110");
  const first = await member("127.0.0.110", port);
  const second = await member("127.0.0.103", port, first.identity);
  touch(first, "owner");
  const file = join(first.dir, "Pulumi.rehearsed.yaml");
  writeFileSync(file, stackFile(port, { traefik: first, "traefik-2": second }, change));
  const flags = ["--file", file, "--pair", "traefik", "--identity", first.identity];
  const homelabOn = async (command: string, ...more: string[]) => {
    const { code, stdout, stderr } = await homelab(command, ...flags, ...more);
    const plain = (text: string) =>
      [first, second]
        .reduce((line, { dir }) => line.replaceAll(dir, ""), text)
        .replaceAll(`:${port}`, ":PORT")
        .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, "TIME")
        .replaceAll(/SHA256:\S{43}/g, "SHA256:...")
        .replace(
          // Which of them depends on the machine.
          / \((found no Pulumi CLI on PATH[^)]*|.* has no stack "rehearsed"[^)]*|.*login.*)\):/,
          " (REASON):",
        );
    return { code, stdout: plain(stdout), stderr: plain(stderr) };
  };
  return { first, second, homelabOn, flags };
}

/**
 * The rehearsed pair alone, with something that takes connections at its virtual address. Another
 * file's tests may have that address at the moment: then it is waited for.
 */
export async function servedPair() {
  const rehearsed = await rehearsedPair(({ config }) => {
    const kept = ["cluster", "guests", "haGroups", "traefikPairs"].map((name) => `homelab:${name}`);
    for (const key of Object.keys(config)) if (!kept.includes(key)) delete config[key];
  });
  const server = createServer();
  onTestFinished(() => void server.close());
  const listening = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(443, VIP, resolve);
    });
  await vi.waitFor(listening, { timeout: 100_000, interval: 100 });
  return rehearsed;
}

/** The owner's stack on the loopback network, with the keys of these servers. */
function stackFile(
  port: number,
  members: Record<string, Sshd>,
  change: (stack: StackFile) => void,
): string {
  const text = readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8");
  const stack: StackFile = parse(text.replaceAll("192.168.1.", "127.0.0."));
  const user = Object.values(members)[0]?.connection.user;
  section(stack, "cluster").ssh = { port, user };
  for (const [name, { connection }] of Object.entries(members)) {
    Object.assign(section(stack, "guests")[name] ?? {}, { hostKey: connection.hostKey });
  }
  change(stack);
  return stringify(stack);
}

/** A section of a stack file. */
export function section(
  { config }: StackFile,
  name: string,
): Record<string, Record<string, unknown>> {
  return config[`homelab:${name}`] ?? {};
}

/** Makes an empty file of a host. */
export const touch = ({ dir }: Sshd, name: string) => writeFileSync(join(dir, name), "");
