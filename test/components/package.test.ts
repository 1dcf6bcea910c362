import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyzed, pluginSchemaText } from "../../components/generated/plugin-schema";
import packageJson from "../../package.json";

const COMPONENTS = [
  "HaGroup",
  "KeepalivedLb",
  "MetalLbService",
  "ServicePair",
  "TraefikHaPair",
  "TunnelIngress",
];

test("Pulumi's analyzer of component packages takes all six components, with their sentences", () => {
  const found = analyzed(packageJson);
  const { components, typeDefinitions } = found;
  expect(Object.keys(components).sort()).toEqual(COMPONENTS);

  const fields = [
    ...Object.entries(components).flatMap(([name, { inputs, outputs }]) => [
      ...Object.entries(inputs).map(([key, input]) => [`${name}.${key}`, input] as const),
      ...Object.entries(outputs).map(([key, output]) => [`${name} ${key}`, output] as const),
    ]),
    ...Object.entries(typeDefinitions).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).map(([key, field]) => [`${name}.${key}`, field] as const),
    ),
  ];
  expect(fields.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
  // What may be born at the deployment or is secret is an input; everything else is plain.
  const inputs = Object.values(components).flatMap(({ inputs }) => Object.entries(inputs));
  expect(inputs.filter(([, { plain }]) => !plain).map(([key]) => key)).toEqual([
    "statsPassword",
    "clientCertificate",
  ]);
  // What only a program in TypeScript can hand over is in the options.
  expect(inputs.map(([key]) => key)).not.toContain("transform");
  expect(inputs.map(([key]) => key)).not.toContain("containers");
  expect(typeDefinitions.VrrpProfile?.enum).toEqual([
    { name: "Fast", value: "fast" },
    { name: "Compatible", value: "compatible" },
  ]);
  const onDisk = join(__dirname, "../../components/generated/plugin-schema.json");
  expect(pluginSchemaText(packageJson, found)).toBe(readFileSync(onDisk, "utf8"));
});
