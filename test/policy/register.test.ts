import { expect, test } from "vitest";
import { policiesOf } from "../../policy/register";
import type { ObservedResource } from "../../policy/rule";
import { rules } from "../../policy/rules/all";
import { haLocalDisk } from "../../policy/rules/ha";
import { notJudged } from "../../policy/rules/not-judged";
import { pairWithoutCheck, vrrpWeight } from "../../policy/rules/vrrp";
import { haResource } from "./group";
import { proxied, unknown } from "./proxied";
import { command, container, keepalivedConf, pair } from "./resources";

type Policy = ReturnType<typeof policiesOf>[number];
type ResourceArgs = Parameters<
  Extract<Policy["validateResource"], (...args: never[]) => unknown>
>[0];
type StackArgs = Parameters<NonNullable<Policy["validateStack"]>>[0];

/** Calls the policies as the engine does: every resource's inputs first, then all outputs. */
async function reported(
  policies: Policy[],
  inputs: ObservedResource[],
  outputs: ObservedResource[] = inputs,
  configs: Record<string, object> = {},
): Promise<string[]> {
  const seen: string[] = [];
  for (const policy of policies) {
    const report = (message: string, urn?: string) =>
      void seen.push(`${policy.name} at ${urn?.split("::").at(-1)}: ${message.slice(0, 40)}`);
    const getConfig = () => configs[policy.name] ?? {};
    const args = inputs.map((each) => ({
      ...each,
      props: proxied(each.props),
      opts: {},
      getConfig,
    }));
    const { validateResource } = policy;
    if (typeof validateResource !== "function") throw new Error("expected one function");
    for (const each of args) await validateResource(each as unknown as ResourceArgs, report);
  }
  for (const policy of policies) {
    const report = (message: string, urn?: string) =>
      void seen.push(`${policy.name} at ${urn?.split("::").at(-1)}: ${message.slice(0, 40)}`);
    const getConfig = () => configs[policy.name] ?? {};
    const resources = outputs.map((each) => ({
      ...{ dependencies: [], ...each },
      props: proxied(each.props),
    }));
    const stack = { resources, getConfig };
    await policy.validateStack?.(stack as unknown as StackArgs, report);
  }
  return seen;
}

test("a rule is one mandatory policy, and one for its advice", () => {
  const [errors, advice] = policiesOf(vrrpWeight);

  expect([errors?.name, errors?.enforcementLevel]).toEqual(["vrrp-weight", "mandatory"]);
  expect([advice?.name, advice?.enforcementLevel]).toEqual(["vrrp-weight-advice", "advisory"]);
});

test("every policy of the pack has its own name", () => {
  const names = rules.flatMap(policiesOf).map((policy) => policy.name);

  expect(names.filter((name) => !name.endsWith("-advice"))).toHaveLength(rules.length);
  expect(new Set(names).size).toBe(names.length);
});

test("errors and warnings are reported by their own policies, at the resource they belong to", async () => {
  const guest = (name: string, vmId: number, datastoreId: string) =>
    container(name, vmId, "proxmox3", `192.168.1.${vmId}`, { disk: { datastoreId } });
  const resources = [
    guest("dns", 116, "local-lvm"),
    guest("db", 113, "local-zfs"),
    haResource("ct:116"),
    haResource("ct:113"),
  ];

  expect(await reported(policiesOf(haLocalDisk), resources)).toEqual([
    'ha-local-disk at ha-ct:116: Haresource "ha-ct:116": dns (ct:116) is ',
    'ha-local-disk-advice at ha-ct:113: Haresource "ha-ct:113": db (ct:113) is u',
  ]);
});

test("what an output hides is taken from the inputs seen before", async () => {
  const conf = (priority: number) => keepalivedConf({ priority, check: false });
  const inputs = [
    pair(),
    command("a", "192.168.1.110", conf(200)),
    command("b", "192.168.1.103", conf(100)),
  ];
  const outputs = inputs.map((each) => ({ ...each, props: { stdin: unknown.text } }));

  const violations = await reported(policiesOf(pairWithoutCheck), inputs, outputs);

  expect(violations).toHaveLength(2);
});

test("kinds of storages that stand under one policy count for its advice and for its siblings", async () => {
  const policies = [...policiesOf(notJudged), ...policiesOf(haLocalDisk)];
  const stack = [
    container("dns", 116, "proxmox3", "192.168.1.116", { disk: { datastoreId: "tank" } }),
    haResource("ct:116"),
  ];
  const zfs = { storages: { tank: "zfs" } };

  expect(await reported(policies, stack)).toEqual([
    "not-judged at undefined: this stack: not judged: HA guest on a st",
  ]);
  for (const name of ["ha-local-disk", "ha-local-disk-advice", "not-judged"]) {
    expect(await reported(policies, stack, stack, { [name]: zfs }), name).toEqual([
      'ha-local-disk-advice at ha-ct:116: Haresource "ha-ct:116": dns (ct:116) is ',
    ]);
  }
});
