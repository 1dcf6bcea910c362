import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkApiServers } from "../../../../cli/commands/doctor/kubernetes";
import { parseStackFile } from "../../../../config/file/parse-file";
import { selfSigned } from "../../../../sim/proxmox/api-server/certificate";
import { root } from "../../../support/clusters/homelab";
import { freePort } from "../../../support/sshd";

const ADDRESS = "127.0.21.50";
const MASTERS = ["127.0.21.51", "127.0.21.52", "127.0.21.53"];

/** The house whose API kube-vip announces, on the loopback network; `for` are the names in its certificate. */
async function house(
  listening: readonly string[],
  answer: RequestListener,
  { named = [ADDRESS, ...MASTERS] } = {},
) {
  const { key, cert } = selfSigned(named);
  const port = await freePort(ADDRESS);
  for (const address of listening) {
    const server = createServer({ key, cert }, answer);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    onTestFinished(() => void server.close());
  }
  const text = readFileSync(join(root, "examples/Pulumi.k3s-kube-vip-nginx.yaml"), "utf8");
  const { stack } = parseStackFile(text).parsed;
  if (!stack) throw new Error("the example is refused");
  const onLoopback = JSON.parse(JSON.stringify(stack).replaceAll('"10.0.20.', '"127.0.21.'));
  onLoopback.kubernetes.home.port = port;
  // These certificates last a day: to whoever asks early, long enough.
  const checks = await checkApiServers(onLoopback, Date.now() - 60 * 24 * 3600 * 1000);
  return checks.map(({ verdict, subject, found }) =>
    `${verdict} ${subject}: ${found}`.replaceAll(`${port}`, "PORT").replace(/".*$/, "…"),
  );
}

const unauthorized: RequestListener = ({ url }, response) =>
  void response.writeHead(url === "/readyz" ? 401 : 404).end();

test("the API's address and each master are asked", async () => {
  expect(await house([ADDRESS, ...MASTERS], unauthorized)).toEqual([
    "ok kubernetes.home address: /readyz at 127.0.21.50 (port PORT) answers 401; its certificate …",
    "ok kubernetes.home k3s-1: /readyz at 127.0.21.51 (port PORT) answers 401; its certificate …",
    "ok kubernetes.home k3s-2: /readyz at 127.0.21.52 (port PORT) answers 401; its certificate …",
    "ok kubernetes.home k3s-3: /readyz at 127.0.21.53 (port PORT) answers 401; its certificate …",
  ]);
});

test("an address that the certificate does not name, and masters that are gone, are told apart", async () => {
  const some = await house([ADDRESS, "127.0.21.51"], unauthorized, { named: MASTERS });
  expect(some.map((line) => line.split(":")[0])).toEqual([
    "problem kubernetes.home address",
    "ok kubernetes.home k3s-1",
    "not checked kubernetes.home k3s-2",
    "not checked kubernetes.home k3s-3",
  ]);
  const [none] = await house([], unauthorized);
  expect(none).toBe(
    "problem kubernetes.home address: no answer at 127.0.21.50 (port PORT): connect ECONNREFUSED 127.0.21.50:PORT",
  );
});

test("an answer without end costs no memory, and what it says is not repeated", async () => {
  const flood: RequestListener = (_request, response) => {
    response.writeHead(500, "evil words");
    const more = () => void (response.destroyed || response.write("evil".repeat(10_000), more));
    more();
  };
  const lines = await house([ADDRESS, ...MASTERS], flood);
  expect(lines).toHaveLength(4);
  expect(lines.join("\n")).toContain("answers 500, expected 200 or 401");
  expect(lines.join("\n")).not.toContain("evil");
});
