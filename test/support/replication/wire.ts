import { writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "../sshd";
import type { Target } from "./target";

/** What lies between a source and its target: takes connections, and can make those that are open go dead. */
export interface Wire {
  port: number;
  /** Connections that were taken since the start. */
  connections(): number;
  /** Open ones carry nothing any more, and are not closed either; new ones work. */
  fallSilent(): void;
  /** Open ones end. */
  cut(): void;
  /** Pins the host key that the target has now. */
  pin(): void;
}

/** Starts one, with the target's host key pinned. */
export async function startWire({ sshd }: Target): Promise<Wire> {
  const port = await freePort();
  const pairs: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = connect(sshd.connection.port, "127.0.0.1");
    pairs.push([near, far]);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other);
      one.on("error", () => {}).on("close", () => other.destroy());
    }
  });
  const each = (act: (socket: Socket) => void) => {
    for (const pair of pairs) pair.forEach(act);
  };
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    each((socket) => socket.destroy());
    server.close();
  });
  const known = join(sshd.dir, "home/known_hosts");
  const pin = () => writeFileSync(known, `[127.0.0.1]:${port} ${sshd.currentHostKey()}\n`);
  pin();
  return {
    port,
    pin,
    connections: () => pairs.length,
    fallSilent: () => each((socket) => socket.unpipe().pause()),
    cut: () => each((socket) => socket.destroy()),
  };
}
