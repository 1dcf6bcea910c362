import { Resolver } from "node:dns/promises";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { hostText } from "../../model/network/address";
import { awakeDeadline } from "./awake-deadline";

/** What a client asks a service, again and again. */
export type Question =
  | {
      kind: "http";
      /** Value of the `Host` header. */
      host: string;
      path: string;
      /** Whether it speaks TLS; it takes any certificate, for it asks for nothing and says nothing. */
      tls: boolean;
      /** Whether only the status 200 is an answer. @default any answer of a server is one */
      only200?: boolean;
    }
  | {
      /** A look-up over UDP, as clients make it. */
      kind: "dns";
      name: string;
      type: "A" | "AAAA" | "CNAME" | "NS" | "PTR" | "SOA" | "TXT";
      /** Data that one of the records has to have. @default any record of the type will do */
      expected?: string | undefined;
    }
  /** A connection of MQTT 3.1.1, and any answer to it but "unavailable". */
  | { kind: "mqtt" }
  /** A connection that is taken, which says nothing of a service that hangs. */
  | { kind: "tcp" };

/** Whom it asks, and how long it waits. */
export interface Asked {
  address: string;
  port: number;
  /** Milliseconds after which a question counts as lost. */
  timeoutMs: number;
}

/** What came of a question. */
export interface Answer {
  /** `ok`, or what went wrong: `timeout`, an error code such as `ECONNREFUSED`, or `status 502`. */
  outcome: string;
  /** Address of the member that passed the request on. @default none did */
  member?: string;
}

/** Characters of an answer that are kept. */
const LONGEST = 64 * 1024;

/** CONNECT of MQTT 3.1.1 with a clean session and the client id "homelab", as the members' check sends it. */
const MQTT_CONNECT = "\x10\x13\x00\x04MQTT\x04\x02\x00\x0a\x00\x07homelab";

/** Asks once, on a connection of its own, whatever becomes of it. */
export function askOnce(asked: Asked, question: Question): Promise<Answer> {
  switch (question.kind) {
    case "http":
      return exchange(asked, question.tls, {
        first: `GET ${question.path} HTTP/1.1\r\nHost: ${question.host}\r\nConnection: close\r\n\r\n`,
        ended: (text) => httpAnswer(text, question.only200 === true),
      });
    case "mqtt":
      return exchange(asked, false, { first: MQTT_CONNECT, heard: mqttAnswer });
    case "tcp":
      return exchange(asked, false, {});
    case "dns":
      return lookUp(asked, question);
  }
}

interface Talk {
  /** What is said first. @default nothing: a connection is the answer */
  first?: string;
  /** The answer, once there is enough of it. @default the end of the connection is waited for */
  heard?: (text: string) => Answer | undefined;
  /** The answer at the end of the connection. @default there is none */
  ended?: (text: string) => Answer;
}

function exchange({ address, port, timeoutMs }: Asked, tls: boolean, talk: Talk): Promise<Answer> {
  const { first, heard = () => undefined, ended = () => ({ outcome: "cut off" }) } = talk;
  return new Promise((resolve) => {
    let text = "";
    const socket: Socket = tls
      ? connectTls({ host: address, port, rejectUnauthorized: false })
      : connectPlain({ host: address, port });
    // Whatever comes later than the first answer changes nothing.
    const finish = (answer: Answer) => {
      endWait();
      socket.destroy();
      resolve(answer);
    };
    const endWait = awakeDeadline(timeoutMs, () => finish({ outcome: "timeout" }));
    socket.setNoDelay(true);
    socket.on(tls ? "secureConnect" : "connect", () => {
      if (first === undefined) finish({ outcome: "ok" });
      else socket.write(first, "latin1");
    });
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      // The head and the beginning of the body tell all; whoever sends without end fills no memory.
      if (text.length < LONGEST) text += chunk.slice(0, LONGEST - text.length);
      const answer = heard(text);
      if (answer) finish(answer);
    });
    socket.on("end", () => finish(ended(text)));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      finish({ outcome: error.code ?? error.message }),
    );
  });
}

function httpAnswer(text: string, only200: boolean): Answer {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const status = /^HTTP\/1\.[01] (\d+)/.exec(head)?.[1];
  if (status === undefined) return { outcome: "cut off" };
  if (status !== "200" && only200) return { outcome: `status ${status}` };
  const member = /\d+\.\d+\.\d+\.\d+/.exec(body)?.[0];
  return { outcome: "ok", ...(member !== undefined && { member }) };
}

/** 0 is a welcome, 4 and 5 refuse strangers, and 3 is a broker that cannot serve. */
function mqttAnswer(text: string): Answer | undefined {
  if (text.length < 4) return undefined;
  if (!text.startsWith("\x20\x02\x00")) return { outcome: "no MQTT" };
  const code = text.charCodeAt(3);
  return { outcome: [0, 4, 5].includes(code) ? "ok" : `refused with ${code}` };
}

/** A resolver of its own for each, so that none remembers what was answered before. */
async function lookUp(
  { address, port, timeoutMs }: Asked,
  { name, type, expected }: Extract<Question, { kind: "dns" }>,
): Promise<Answer> {
  // The library's own time is for nobody: the deadline below comes first.
  const resolver = new Resolver({ timeout: 3 * timeoutMs, tries: 1 });
  resolver.setServers([`${hostText(address)}:${port}`]);
  const endWait = awakeDeadline(timeoutMs, () => resolver.cancel());
  try {
    const found = recordsOf(await resolver.resolve(name, type));
    const right =
      expected === undefined ? found.length > 0 : found.map(plain).includes(plain(expected));
    return { outcome: right ? "ok" : `answered ${found.join(" and ") || "nothing"}` };
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return { outcome: code === "ECANCELLED" || code === "ETIMEOUT" ? "timeout" : code };
  } finally {
    endWait();
  }
}

/** Data of records as `dig` prints it. */
function recordsOf(answer: Awaited<ReturnType<Resolver["resolve"]>>): string[] {
  if (!Array.isArray(answer)) {
    const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = answer;
    return [[nsname, hostmaster, serial, refresh, retry, expire, minttl].join(" ")];
  }
  return answer.map((data) => (Array.isArray(data) ? data.join("") : String(data)));
}

const plain = (data: string) => data.replaceAll('"', "").replace(/\.$/, "").toLowerCase();
