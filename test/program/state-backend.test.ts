import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, onTestFinished, test, vi } from "vitest";
import { parse } from "yaml";
import { loadStack } from "../../config/load";

const root = join(__dirname, "../..");
const { config } = parse(readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8")) as {
  config: Record<string, unknown>;
};

test.each([
  [
    "postgres://u:p@192.168.1.101/pulumi",
    /PULUMI_BACKEND_URL: the state backend is at 192\.168\.1\.101, which is the virtual address of traefikPairs\.traefik/,
  ],
  ["postgres://u:p@192.168.1.50/pulumi", undefined],
])("the program refuses a state at %s before it registers anything: %s", (url, refusal) => {
  vi.stubEnv("PULUMI_BACKEND_URL", url);
  onTestFinished(() => void vi.unstubAllEnvs());
  pulumi.runtime.setMocks(
    { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
    "homelab-ha",
    "homelab",
  );
  const secrets = { statsPasswords: { "k8s-api": "correct-horse-battery-staple-9" } };
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries({ ...config, "homelab:secrets": secrets }).map(([key, value]) => [
        key,
        JSON.stringify(value),
      ]),
    ),
  );
  if (refusal) expect(() => loadStack(undefined, root)).toThrow(refusal);
  else expect(loadStack(undefined, root)[0]?.stack.cluster.name).toBe("homelab");
});
