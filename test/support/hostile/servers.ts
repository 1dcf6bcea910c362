import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { selfSigned } from "../../../sim/proxmox/api-server/certificate";

/** What a server does with a connection. */
export type Behaviour = (socket: Socket) => void;

const head = (more: string) => `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}\r\n`;

/** Says all of a text once something was asked, and ends. */
const says =
  (text: string | Buffer): Behaviour =>
  (socket) =>
    void socket.once("data", () => socket.end(text));

const body = (text: string) => says(`${head(`Content-Length: ${text.length}\r\n`)}${text}`);

/** Says a beginning, and then the same for ever, as fast as it is taken. */
const forever =
  (first: string, again: string, asked = true): Behaviour =>
  (socket) => {
    const more = again.repeat(Math.ceil(65_536 / again.length));
    const write = () => {
      while (!socket.destroyed && socket.write(more));
    };
    const begin = () => {
      socket.write(first);
      socket.on("drain", write);
      write();
    };
    if (asked) socket.once("data", begin);
    else begin();
  };

/** Says a beginning, and then a letter now and then. */
const drips =
  (first: string, letter: string, asked = true): Behaviour =>
  (socket) => {
    const begin = () => {
      socket.write(first);
      const timer = setInterval(() => socket.write(letter), 100);
      socket.once("close", () => clearInterval(timer));
    };
    if (asked) socket.once("data", begin);
    else begin();
  };

const DEEP = 100_000;
const nested = `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`;
const nestedMaps = `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`;
const wrong = [
  "5",
  "null",
  '"x"',
  "[]",
  "{}",
  "[null]",
  "[[]]",
  "[5]",
  '[{"id":{},"user":[]}]',
  "true",
];

/** Servers of HTTP that do harm. */
export const httpBehaviours: Readonly<Record<string, Behaviour>> = {
  "says nothing": () => {},
  "hangs up at once": (socket) => void socket.destroy(),
  "hangs up when asked": (socket) => void socket.once("data", () => socket.destroy()),
  "hangs up in the middle": says(`${head("Content-Length: 1000\r\n")}{"data":[`),
  "drips the head": drips("HTTP/1.1 200 OK\r\nX-Slow: ", "a"),
  "drips the body": drips(head("Content-Length: 100000\r\n"), " "),
  "has a body without end": forever(head(""), "a"),
  "has JSON without end": forever(`${head("")}{"data":[0`, ",0"),
  "has chunks without end": forever(
    head("Transfer-Encoding: chunked\r\n"),
    `${"400\r\n".padEnd(0x400 + 5, "a")}\r\n`,
  ),
  "has a chunk's size without end": forever(head("Transfer-Encoding: chunked\r\n"), "1"),
  "has heads without end": forever("HTTP/1.1 200 OK\r\n", "X-More: yes\r\n"),
  "has a head's line without end": forever("HTTP/1.1 200 OK\r\nX-Long: ", "a"),
  "asks to go on without end": forever("", "HTTP/1.1 100 Continue\r\n\r\n"),
  "has a status line without end": forever("HTTP/1.1 200 ", "a"),
  "leads elsewhere for ever": (socket) =>
    void socket.on("data", () =>
      socket.write("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
    ),
  "packs a bomb": says(
    Buffer.concat([
      Buffer.from(head("Content-Encoding: gzip\r\n")),
      gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)),
    ]),
  ),
  "says it packs, and does not": says(`${head("Content-Encoding: gzip\r\n")}{"data":1}`),
  "nests lists 100,000 deep": body(`{"data":${nested}}`),
  "nests maps 100,000 deep": body(`{"data":${nestedMaps}}`),
  "nests a list and never ends it": body(`{"data":${"[".repeat(DEEP)}`),
  ...Object.fromEntries(wrong.map((text) => [`answers ${text}`, body(text)])),
  ...Object.fromEntries(wrong.map((text) => [`has the data ${text}`, body(`{"data":${text}}`)])),
  "answers with noise": says(Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256))),
  "answers in the language of SSH": (socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n"),
};

/** Servers of SSH that do harm before anybody is let in. */
export const sshBehaviours: Readonly<Record<string, Behaviour>> = {
  "says nothing": () => {},
  "hangs up at once": (socket) => void socket.destroy(),
  "hangs up after its greeting": (socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
  "is silent after its greeting": (socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n"),
  "greets without end": forever("", "Welcome to this host\r\n", false),
  "greets in a line without end": forever("SSH-2.0-", "a", false),
  "drips its greeting": drips("", "a", false),
  "drips after its greeting": drips("SSH-2.0-OpenSSH_9.2\r\n", "\0", false),
  "announces a packet without end": forever("SSH-2.0-OpenSSH_9.2\r\n", "\u007f", false),
  "answers in HTTP": says(`${head("Content-Length: 2\r\n")}{}`),
  "answers with noise": (socket) =>
    void socket.end(Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256))),
};

/** A running server. */
export interface HostileServer {
  port: number;
  /** Connections so far. */
  connections(): number;
  /** Fingerprint of its certificate; of none without TLS. */
  fingerprint: string;
  /** Behaves otherwise from now on. */
  behave(next: Behaviour): void;
}

const certificate = selfSigned(["127.0.0.1"]);

/**
 * Starts a server that ends with the test, on all addresses of this machine.
 *
 * @param tls whether it speaks TLS before it misbehaves
 */
export async function hostileServer(first: Behaviour, tls = false): Promise<HostileServer> {
  let behaviour = first;
  let count = 0;
  const open = new Set<Socket>();
  const onSocket = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
    behaviour(socket);
  };
  const { key, cert, fingerprint } = certificate;
  const server: Server = tls ? createTls({ key, cert }, onSocket) : createServer(onSocket);
  // Whoever speaks plainly where TLS is wanted is no accident here.
  server.on("tlsClientError", () => {});
  server.on("connection", () => {
    count += 1;
  });
  server.listen(0, "0.0.0.0");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    fingerprint,
    behave(next) {
      behaviour = next;
    },
  };
}
