import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";

const root = join(__dirname, "../..");

const COMPONENTS = [
  "HaGroup",
  "KeepalivedLb",
  "MetalLbService",
  "ServicePair",
  "TraefikHaPair",
  "TunnelIngress",
];

/** The fields of package.json that a schema takes over. */
interface Manifest {
  name: string;
  version: string;
  description: string;
}

/**
 * What Pulumi's analyzer of component packages makes of the six components.
 *
 * @param manifest package.json
 */
export function analyzed(manifest: Manifest) {
  // The analyzer starts where the package does, which is compiled; this is the same in sources.
  const entry = { ...manifest, main: "components/index.ts" };
  return new Analyzer(root, manifest.name, entry, new Set(COMPONENTS)).analyze();
}

/** Pulumi's schema of the component package, as its text on disk. */
export function pluginSchemaText(manifest: Manifest, found = analyzed(manifest)): string {
  const { components, typeDefinitions, dependencies } = found;
  const { name, version, description } = manifest;
  const schema = generateSchema(
    name,
    version,
    description,
    components,
    typeDefinitions,
    dependencies,
  );
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
