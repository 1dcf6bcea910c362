import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { parseStack } from "../../../config/parse";

type Data = Record<string, Record<string, Record<string, unknown>>>;

/** What is said of an ingress of a second cluster beside the first, and of a tunnel that leads to both. */
function problems(cluster: string): string[] {
  const { file } = parseStackFile(readFileSync("Pulumi.homelab.yaml", "utf8"));
  const data = structuredClone(file.own) as Data;
  const [[name, ingress] = ["", {}]] = Object.entries(data.kubernetesIngress ?? {});
  const [tunnel] = Object.values(data.tunnels ?? {});
  if (!tunnel) throw new Error("the stack has no tunnel");
  Object.assign(data, { kubernetes: { lab: { address: "10.0.20.60", api: "outside" } } });
  Object.assign(data.kubernetesIngress ?? {}, {
    second: { ...ingress, cluster, address: "10.0.20.219" },
  });
  const { zone } = tunnel;
  tunnel.ingress = [name, "second"].map((one, index) => ({
    hostname: `a${index}.${zone}`,
    origin: { ingress: one },
  }));
  const parsed = parseStack(data);
  const found = parsed.stack ? parsed.warnings : parsed.problems;
  return found.map(problemText).filter((text) => text.includes("second"));
}

test("Services of two clusters are refused, for the objects of one stack go to one API", () => {
  expect(problems("lab")).toEqual([
    expect.stringMatching(
      /^homelab:kubernetesIngress\.second\.cluster: found "lab", but "\S+" is in "\S+", and one stack makes the objects of one Kubernetes cluster; put one of the two into a stack of its own, or into a site with its kubernetesContext$/,
    ),
  ]);
});

test("two Services of one cluster stand, and rules of a tunnel to both", () => {
  const { file } = parseStackFile(readFileSync("Pulumi.homelab.yaml", "utf8"));
  const [first] = Object.values((file.own as Data).kubernetesIngress ?? {});
  expect(problems(String(first?.cluster))).toEqual([]);
});
