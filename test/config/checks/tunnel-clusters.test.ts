import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { parseStack } from "../../../config/parse";

type Data = Record<string, Record<string, Record<string, unknown>>>;

/** The owner's stack with a second cluster, whose ingress stands beside the first. */
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
  return found.map(problemText).filter((text) => text.includes("leads to one of"));
}

test("rules of one tunnel may not lead to Services of two clusters", () => {
  expect(problems("lab")).toEqual([
    expect.stringMatching(
      /ingress\[1\]\.origin\.ingress: "second" is a Service of the cluster "lab", and the rule for a0\.\S+ leads to one of "\S+", whose names the pods of one cluster cannot both resolve; give each cluster a tunnel of its own/,
    ),
  ]);
});

test("rules to two Services of one cluster stand", () => {
  const { file } = parseStackFile(readFileSync("Pulumi.homelab.yaml", "utf8"));
  const [first] = Object.values((file.own as Data).kubernetesIngress ?? {});
  expect(problems(String(first?.cluster))).toEqual([]);
});
