import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { kubernetesItems } from "../../../../cli/commands/status/kubernetes";
import { parseStackFile } from "../../../../config/file/parse-file";
import { selfSigned } from "../../../../sim/proxmox/api-server/certificate";
import { root } from "../../../support/clusters/homelab";
import { freePort } from "../../../support/sshd";

const { key, cert } = selfSigned(["127.0.20.50"]);

/** The house whose API kube-vip announces, on the loopback network. */
async function house(listening: readonly string[], status: number) {
  const port = await freePort("127.0.20.50");
  for (const address of listening) {
    const server = createServer({ key, cert }, (_request, response) => {
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    onTestFinished(() => void server.close());
  }
  const text = readFileSync(join(root, "examples/Pulumi.k3s-kube-vip-nginx.yaml"), "utf8");
  const { stack } = parseStackFile(text).parsed;
  const home = stack?.kubernetes.home;
  if (!stack || !home) throw new Error("the example is refused");
  const onLoopback = JSON.parse(JSON.stringify(stack).replaceAll('"10.0.20.', '"127.0.20.'));
  onLoopback.kubernetes.home.port = port;
  const items = await kubernetesItems({ config: onLoopback });
  return items.map(({ level, subject, text }) =>
    `${level} ${subject}: ${text}`.replaceAll(`${port}`, "PORT"),
  );
}

const MASTERS = ["127.0.20.51", "127.0.20.52", "127.0.20.53"];

test("k3s behind kube-vip is well with 401, at its address and on each master", async () => {
  expect(await house(["127.0.20.50", ...MASTERS], 401)).toEqual([
    "ok kubernetes.home: 127.0.20.50 (port PORT): /readyz answers 401",
    "ok kubernetes.home: 3 of 3 API servers answer as they should",
  ]);
});

test("an address that nobody has is a problem, and the masters are seen to run", async () => {
  expect(await house(MASTERS, 401)).toEqual([
    "problem kubernetes.home: the API does not answer at 127.0.20.50 (port PORT) from here, though k3s-1, k3s-2 and k3s-3 answer by themselves: connect ECONNREFUSED 127.0.20.50:PORT",
    "ok kubernetes.home: 3 of 3 API servers answer as they should",
  ]);
});

test("a server that is not ready is none", async () => {
  const [address, masters] = await house(["127.0.20.50", "127.0.20.51"], 500);
  expect(address).toContain("/readyz answers 500, expected 200 or 401");
  expect(masters).toContain("problem kubernetes.home: 0 of 3 API servers answer as they should");
});
