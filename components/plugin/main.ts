import "../../start/light-sdk";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "@pulumi/pulumi/provider";
import { componentProvider } from "./provider";

// The package as a component package of Pulumi: `PulumiPlugin.yaml` leads a language host to the
// package, and package.json's `main` here, with the engine's address as the only argument. Pulumi's
// own host for components works the schema out of TypeScript sources whenever it starts; this has it
// ready (`make schema`), and runs where there are no sources.

const schema = readFileSync(join(__dirname, "../generated/plugin-schema.json"), "utf8");
void main(componentProvider(schema), process.argv.slice(2));
