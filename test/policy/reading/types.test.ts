import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  containers,
  haResources,
  isUnknownType,
  virtualMachines,
} from "../../../policy/reading/types";

const published = readFileSync(join(__dirname, "published-types.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(" ")[0] ?? "");

test("every type of every published release is known", () => {
  expect(published.length).toBeGreaterThan(170);
  expect(published.filter(isUnknownType)).toEqual([]);
});

test("every type of the installed release is in the table", () => {
  const root = join(__dirname, "../../../node_modules/@muhlba91/pulumi-proxmoxve");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const tokens = files
    .filter((file) => file.endsWith(".js") && !file.includes("node_modules"))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return [...text.matchAll(/__pulumiType = '([^']+)'/g)].map(([, token = ""]) => token);
    });
  expect(tokens.length).toBeGreaterThan(100);
  expect(tokens.filter((token) => !published.includes(token))).toEqual([]);
});

test.each([
  "proxmoxve:index/vm:Vm",
  "proxmoxve:index/vm2Legacy:Vm2Legacy",
  "proxmoxve:cloned/vmLegacy:VmLegacy",
  "proxmoxve:VM/virtualMachine2:VirtualMachine2",
  "proxmoxve:VM/clonedVirtualMachine:ClonedVirtualMachine",
  "proxmox:index/virtualEnvironmentVm:VirtualEnvironmentVm",
])("%s is a virtual machine", (type) => {
  expect(virtualMachines).toContain(type);
});

test("the bridged provider's containers and HA resources are known", () => {
  expect(containers).toContain(
    "proxmox:index/virtualEnvironmentContainer:VirtualEnvironmentContainer",
  );
  expect(haResources).toContain("proxmox:index/haresource:Haresource");
  expect(haResources).toContain(
    "proxmox:index/virtualEnvironmentHaresource:VirtualEnvironmentHaresource",
  );
});

test("a type that is not published yet is unknown, one of another provider is not ours to know", () => {
  expect(isUnknownType("proxmoxve:index/vm3:Vm3")).toBe(true);
  expect(isUnknownType("proxmox:index/virtualEnvironmentVm9:VirtualEnvironmentVm9")).toBe(true);
  expect(isUnknownType("command:remote:Pipe")).toBe(true);
  expect(isUnknownType("proxmox:index/virtualEnvironmentDns:VirtualEnvironmentDns")).toBe(false);
  expect(isUnknownType("aws:ec2/instance:Instance")).toBe(false);
});
