import { readFileSync } from "node:fs";
import { request } from "node:https";
import { budgets } from "../../../clients/deadline";
import { runProgram } from "../../../clients/programs";
import type { Check, Probe } from "../../../model/cutover/types";
import { hostText } from "../../../model/network/address";
import { pageUrl } from "../../../model/pages";

/** How checks are made. */
export interface ProbeOptions {
  /** CA certificates, PEM file. @default those of this machine */
  caFile?: string;
  /** A curl that may know HTTP/3. @default curl */
  curl?: string;
  /** Kinds that are left out. @default none */
  skip?: readonly Check["kind"][];
  /** Whether a person says that what cannot be checked is done. @default false */
  confirm?: boolean;
  /** Milliseconds that one request may take. @default 5000 */
  timeoutMs?: number;
}

export type Found = { ok: boolean; found: string };

interface Answer {
  status: number;
  body: string;
  /** Address of this machine, as the other end sees it. */
  own: string | undefined;
}

function get(probe: Probe, options: ProbeOptions, timeoutMs: number): Promise<Answer> {
  const { host, address, port, path } = probe;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: address ?? host,
        port,
        path,
        servername: host,
        headers: { host: port === 443 ? host : `${host}:${port}` },
        agent: false,
        timeout: timeoutMs,
        ...(options.caFile !== undefined && { ca: readFileSync(options.caFile) }),
      },
      (response) => {
        const own = response.socket.localAddress;
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
          // What is looked for stands at the beginning.
          if (body.length >= budgets.probe.maxBytes) end();
        });
        const end = () => {
          resolve({ status: response.statusCode ?? 0, body, own });
          asked.destroy();
        };
        response.on("end", end);
        response.on("error", reject);
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    asked.on("error", reject);
    asked.end();
  });
}

/** 404 is what Traefik says for a host that it does not know. */
const isServed = (status: number) => status < 500 && status !== 404 && status !== 0;

export async function lookHttps(
  probe: Probe,
  options: ProbeOptions,
  timeoutMs: number,
): Promise<Found> {
  const { status } = await get(probe, options, timeoutMs);
  return { ok: isServed(status), found: `status ${status}` };
}

export async function lookHttp3(
  { host, address, port, path }: Probe,
  { curl = "curl", caFile }: ProbeOptions,
  timeoutMs: number,
): Promise<Found> {
  const version = await runProgram(curl, ["--version"]).catch(() => undefined);
  if (!version || !/^Features:.*\bHTTP3\b/m.test(version.stdout)) {
    return {
      ok: false,
      found: `not checked: found no client with HTTP/3 (${pageUrl("cutover.md")} names some; --curl, --skip http3)`,
    };
  }
  const { code, stdout, stderr } = await runProgram(curl, [
    "--http3-only",
    "--silent",
    "--show-error",
    "--output",
    "/dev/null",
    "--max-time",
    String(timeoutMs / 1000),
    ...(address === undefined ? [] : ["--resolve", `${host}:${port}:${hostText(address)}`]),
    ...(caFile === undefined ? [] : ["--cacert", caFile]),
    "--write-out",
    "%{http_version} %{http_code}",
    `https://${host}:${port}${path}`,
  ]);
  if (code !== 0) throw new Error(stderr.trim() || `curl ended with ${code}`);
  const [http = "", status = "0"] = stdout.trim().split(" ");
  return {
    ok: http === "3" && isServed(Number(status)),
    found: `HTTP/${http}, status ${status}`,
  };
}

export async function lookClient(
  probe: Probe,
  options: ProbeOptions,
  timeoutMs: number,
): Promise<Found> {
  const { body, own } = await get(probe, options, timeoutMs);
  const seen = /^\s*"?x-real-ip"?\s*[:=]\s*"?\[?"?([0-9a-f.:]+)/im.exec(body)?.[1];
  const first = /^\s*"?x-forwarded-for"?\s*[:=]\s*"?\[?"?([0-9a-f.:]+)/im.exec(body)?.[1];
  const client = seen ?? first;
  if (client === undefined) {
    return { ok: false, found: "the page shows neither X-Real-Ip nor X-Forwarded-For" };
  }
  return { ok: client === own, found: `the origin sees ${client}, this machine has ${own}` };
}
