import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type DoctorFlags, doctor } from "../../cli/commands/doctor/run";
import { doctorLines } from "../../cli/commands/doctor/text";
import { plain } from "../../cli/report/paint";
import { parseStack } from "../../config/parse";
import { siteFromStack } from "../../sim/proxmox/api-server/site";
import { worldFromStack } from "../../sim/seed";
import { World } from "../../sim/world";
import { served } from "./clusters/baseline-cluster";
import { scratch } from "./clusters/homelab";
import { stackData, stackText } from "./clusters/stacks";
import { silentEngine } from "./hung/peers";
import { freePort, type Sshd, startSshd } from "./sshd";

/** What the real engine wrote for the passphrase `correct horse`. */
const SALT = "v1:ivmJREFFy7s=:v1:djd9DzA4s9BbXXg0:seWM1dtmgtZ9IjygwxMgRdzk7Sk7yg==";

const addresses = { "traefik-1": "127.0.0.21", "traefik-2": "127.0.0.22", pve1: "127.0.0.11" };

type Name = keyof typeof addresses;

/** The sample of two nodes on loopback addresses, where everything is as an `up` wants it. */
export async function doctorHouse() {
  const home = scratch();
  onTestFinished(home.remove);
  const port = await freePort("127.0.0.11");
  const pve1 = await host("pve1", port);
  const hosts: Record<Name, Sshd> = {
    pve1,
    "traefik-1": await host("traefik-1", port, pve1.identity),
    "traefik-2": await host("traefik-2", port, pve1.identity),
  };
  const { stack } = parseStack(stackData("two-nodes"));
  if (!stack) throw new Error("Pulumi.two-nodes.yaml has mistakes");
  const site = siteFromStack(stack);
  site.storages.push({ storage: "nas", type: "nfs", content: "backup", shared: 1 });
  const everything = { "Sys.Audit": 1, "VM.Audit": 1, "Datastore.Audit": 1 };
  site.permissions = {
    "/": { ...everything, "Sys.Console": 1, "Sys.Modify": 1, "VM.Replicate": 1 },
  };
  for (const path of ["/vms", "/storage"]) site.permissions[path] = site.permissions["/"] ?? {};
  const world = World.inMemory(worldFromStack(stack));
  for (const guest of Object.values(world.state.proxmox.guests)) guest.running = true;
  const offline: string[] = [];
  const api = await served({ world, site }, { offline });
  const engine = silentEngine(home.dir, {
    whoami: `console.log(JSON.stringify({ url: "postgres://me:hunter2@db/pulumi" }))`,
    "stack ls": `console.log(JSON.stringify([{ name: "house" }]))`,
  });
  const file = join(home.dir, "Pulumi.house.yaml");
  writeFileSync(file, houseText(hosts, port));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...engine.env,
    PROXMOX_VE_ENDPOINT: api.endpoint,
    PROXMOX_VE_API_TOKEN: api.token,
    PROXMOX_VE_FINGERPRINT: api.certificate.fingerprint,
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
    SSH_AUTH_SOCK: "",
  };
  return {
    dir: home.dir,
    file,
    hosts,
    site,
    pve: world.state.proxmox,
    offline,
    env,
    api,
    /** Changes the stack file as text. */
    edit(from: string | RegExp, to: string) {
      const before = readFileSync(file, "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`the stack file has no ${from}`);
      writeFileSync(file, after);
    },
    /** Runs the command; what depends on the machine is out of its lines. */
    async run(flags: Partial<DoctorFlags> = {}) {
      const report = await doctor({
        file,
        identity: pve1.identity,
        for: "up",
        ...flags,
        env,
        progress: () => {},
      });
      const lines = doctorLines(report, plain).map((line) =>
        line
          .replaceAll(home.dir, "DIR")
          .replaceAll(api.endpoint, "https://API")
          .replaceAll(`:${port}`, ":PORT")
          .replaceAll(`-p ${port}`, "-p PORT")
          .replaceAll(/(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/g, "FINGERPRINT")
          .replaceAll(/[\d.]+ s (ahead|behind)/g, "N s $1")
          .replaceAll(/within [\d.]+ s/g, "within N s")
          .replaceAll(/SHA256:\S{43}/g, "SHA256:…"),
      );
      return { report, lines };
    },
  };
}

/** Writes the stand-in for a program of a host. */
export function program({ dir }: Sshd, name: string, body: string): void {
  writeFileSync(join(dir, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** Says which system a host is. */
export function release({ dir }: Sshd, id: string, version: string): void {
  writeFileSync(join(dir, "etc", "os-release"), `ID=${id}\nVERSION_ID="${version}"\n`);
}

async function host(name: Name, port: number, identity?: string): Promise<Sshd> {
  const sshd = await startSshd({
    host: addresses[name],
    port,
    env: (dir) => ({ HOMELAB_HA_ROOT: dir, PATH: `${dir}/bin:/usr/bin:/bin` }),
    ...(identity === undefined ? {} : { identity }),
  });
  const kernel = "proc/sys/fs/inotify";
  for (const folder of ["bin", "etc", kernel, "run/systemd/system", "usr/local/bin"]) {
    mkdirSync(join(sshd.dir, folder), { recursive: true });
  }
  release(sshd, "debian", "12");
  writeFileSync(join(sshd.dir, kernel, "max_user_instances"), "128\n");
  // How many inotify instances are free, of those that are asked for.
  program(sshd, "perl", "echo 16");
  program(sshd, "id", "echo 0");
  program(sshd, "uname", "echo x86_64");
  program(
    sshd,
    "ip",
    `echo "2: eth0    inet ${addresses[name]}/24 brd 127.0.0.255 scope global eth0"`,
  );
  program(sshd, "../usr/local/bin/traefik", "echo 'Version:      3.5.0'");
  return sshd;
}

function houseText(hosts: Record<Name, Sshd>, port: number): string {
  const [first = "", second = ""] = stackText("two-nodes").match(/ssh-ed25519 \S+/g) ?? [];
  return `encryptionsalt: ${SALT}\n${stackText("two-nodes")
    .replaceAll("192.168.1.", "127.0.0.")
    .replace(first, hosts["traefik-1"].connection.hostKey)
    .replace(second, hosts["traefik-2"].connection.hostKey)
    .replace("pve1: { ", `pve1: { hostKey: ${hosts.pve1.connection.hostKey}, `)
    .replace(
      "pveVersion: 9",
      `pveVersion: 9\n    ssh: { port: ${port}, user: ${hosts.pve1.connection.user} }`,
    )}`;
}
