import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(__dirname, "../..");

/** Each component's options, beside which its transforms stand. */
const COMPONENTS: Record<string, { args: string; options: string; folder: string }> = {
  TraefikHaPair: {
    args: "TraefikHaPairArgs",
    options: "TraefikHaPairOptions",
    folder: "traefik-ha-pair",
  },
  KeepalivedLb: {
    args: "KeepalivedLbArgs",
    options: "KeepalivedLbOptions",
    folder: "keepalived-lb",
  },
  ServicePair: {
    args: "ServicePairArgs",
    options: "ServicePairOptions",
    folder: "service-pair",
  },
  HaGroup: { args: "HaGroupArgs", options: "HaGroupOptions", folder: "ha-group" },
  MetalLbService: {
    args: "MetalLbServiceArgs",
    options: "MetalLbServiceOptions",
    folder: "metallb-service",
  },
  TunnelIngress: {
    args: "TunnelIngressArgs",
    options: "TunnelIngressOptions",
    folder: "tunnel-ingress",
  },
};

/** A field, how it is reached from a variable of the file, and whether it may be left out. */
interface Field {
  path: string;
  expression: string;
  optional: boolean;
}

/** A TypeScript language service over one file that is open in an editor. */
function editor(text: string): { service: ts.LanguageService; file: string } {
  const file = join(root, "editor.ts");
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const source = name === file ? text : ts.sys.readFile(name);
      return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: (name) => (name === file ? text : ts.sys.readFile(name)),
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return { service, file };
}

const imports = Object.values(COMPONENTS).map(
  ({ args, options, folder }) =>
    `import type { ${args}, ${options} } from "./components/${folder}";\ndeclare const ${args}: ${args};\ndeclare const ${options}: ${options};\n`,
);

/** Every field of ours below a type: through lists, maps and optional fields, not into other packages. */
function fieldsBelow(
  checker: ts.TypeChecker,
  type: ts.Type,
  path: string,
  expression: string,
): Field[] {
  return type.getProperties().flatMap((property): Field[] => {
    const declaration = property.valueDeclaration;
    if (!declaration || declaration.getSourceFile().fileName.includes("/node_modules/")) return [];
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const here = `${path}.${property.name}`;
    const reached = `${expression}.${property.name}`;
    let inner = checker.getNonNullableType(checker.getTypeOfSymbol(property));
    let suffix = optional ? "!" : "";
    for (;;) {
      const next =
        inner.getNumberIndexType() && !(inner.flags & ts.TypeFlags.StringLike)
          ? { type: inner.getNumberIndexType(), step: "[0]!" }
          : { type: inner.getStringIndexType(), step: '["x"]!' };
      if (!next.type) break;
      inner = checker.getNonNullableType(next.type);
      suffix += next.step;
    }
    return [
      { path: here, expression: reached, optional },
      ...(inner.isClassOrInterface() ? fieldsBelow(checker, inner, here, reached + suffix) : []),
    ];
  });
}

test("an editor shows a sentence for every argument and every transform, and what it is when left out", () => {
  const first = editor(imports.join(""));
  const program = first.service.getProgram();
  const source = program?.getSourceFile(first.file);
  if (!program || !source) throw new Error("the language service has no program");
  const checker = program.getTypeChecker();
  const variables = source.statements.filter(ts.isVariableStatement);
  const fields = variables.flatMap(({ declarationList: { declarations } }) =>
    declarations.flatMap((declaration) => {
      const name = declaration.name.getText();
      return fieldsBelow(checker, checker.getTypeAtLocation(declaration), name, name);
    }),
  );

  const lines = fields.map(({ expression }) => `void ${expression};\n`);
  const head = imports.join("");
  const { service, file } = editor(head + lines.join(""));
  let at = head.length;
  const missing: string[] = [];
  for (const [index, { path, optional }] of fields.entries()) {
    at += (lines[index] ?? "").length;
    // The pointer on the last character of the field's name.
    const info = service.getQuickInfoAtPosition(file, at - 3);
    const sentence = ts.displayPartsToString(info?.documentation).trim();
    const tags = new Map(
      info?.tags?.map(({ name, text }) => [name, ts.displayPartsToString(text)]),
    );
    if (!/^[`A-Za-z].*[.!?)]$/s.test(sentence))
      missing.push(`${path}: ${JSON.stringify(sentence)}`);
    const transform = /transform\./.test(path);
    if (optional && !transform && !tags.get("default")) missing.push(`${path}: no @default`);
  }
  expect(missing).toEqual([]);
  // The walk went all the way down, and into options.
  const paths = fields.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      "TraefikHaPairArgs.check.intervalSec",
      "TraefikHaPairArgs.routes.servers",
      "TraefikHaPairOptions.transform.lsyncdFullSyncTimer",
      "KeepalivedLbArgs.masters.hostKey",
      "HaGroupArgs.guests.storage.kind",
      "HaGroupArgs.replication.jobs.schedule",
      "MetalLbServiceArgs.pool.range",
      "TunnelIngressArgs.ingress.origin.serverName",
      "TunnelIngressOptions.transform.dnsRecord",
    ]),
  );
  expect(readFileSync(join(root, "components/shared/args.ts"), "utf8")).toContain("@example");
}, 600_000);
