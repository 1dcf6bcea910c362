import { createSocket, type Socket } from "node:dgram";

/** An A record as the server gives it. */
export interface ARecord {
  address: string;
  ttl: number;
}

/** A small DNS server on loopback: A records over UDP, changed at any time. */
export interface DnsServer {
  records: Record<string, ARecord>;
  /** `address:port`, as the stack file writes it. */
  at: string;
  stop(): Promise<void>;
}

/** Starts a server; `*.` in a record's name stands for one or more labels. */
export async function startDns(
  address: string,
  records: Record<string, ARecord>,
): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const server: DnsServer = {
    records,
    at: "",
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on("message", (query, { port, address: from }) => {
    socket.send(answer(query, server.records), port, from);
  });
  await bound(socket, address);
  server.at = `${address}:${socket.address().port}`;
  return server;
}

function bound(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, address, () => resolve());
  });
}

function answer(query: Buffer, records: Record<string, ARecord>): Buffer {
  const { name, end } = questionOf(query);
  const wildcard = `*.${name.split(".").slice(1).join(".")}`;
  const found =
    query.readUInt16BE(end - 4) === 1 ? (records[name] ?? records[wildcard]) : undefined;
  const head = Buffer.from(query.subarray(0, 12));
  // Response, authoritative, recursion desired as asked; NXDOMAIN where there is nothing.
  head.writeUInt16BE(0x8400 | (query.readUInt16BE(2) & 0x0100) | (found ? 0 : 3), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const question = query.subarray(12, end);
  if (!found) return Buffer.concat([head, question]);
  const record = Buffer.alloc(16);
  // A pointer to the name in the question, type A, class IN.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(1, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(found.ttl, 6);
  record.writeUInt16BE(4, 10);
  found.address.split(".").forEach((part, index) => {
    record.writeUInt8(Number(part), 12 + index);
  });
  return Buffer.concat([head, question, record]);
}

/** Name in the question, and where the question ends. */
function questionOf(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("ascii", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 5 };
}
