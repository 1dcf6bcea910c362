import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheFolder } from "../../lab/machine/places";
import { traefikCertificates } from "../../templates/traefik/traefik";
import { traefikTryScript } from "../../templates/traefik/trial";
import { runTool } from "../support/tools";

const golden = (name: string) => readFileSync(resolve(__dirname, "../__files__", name), "utf8");

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "try-"));
  mkdirSync(join(directory, "dynamic"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Words of Traefik 3.5.0, recorded: what it says depends here on marks in what it reads. */
const RECORDED = `#!/bin/bash
config=\${1#--configFile=}
say() { printf '{"level":"%s",%s,"time":"2026-01-01T00:00:00Z","message":"%s"}\\n' "$1" "$2" "$3"; }
if grep -q bogus "$config"; then
  say error '"error":"command traefik error: field not found, node: bogus"' 'Command error'
  exit 1
fi
say info '"caller":"x.go:1"' 'Starting provider aggregator *aggregator.ProviderAggregator'
dynamic=$(sed -n 's/.*directory: "\\(.*\\)", watch: false.*/\\1/p' "$config")
if [[ -n $dynamic ]]; then
  for file in "$dynamic"/*; do
    [[ -e $file ]] && grep -q 'servce:' "$file" && broken=$file
    [[ -e $file ]] && grep -q 'broken: \\[$' "$file" && yaml=$file
  done
  [[ -n \${yaml-} ]] && say error "\\"error\\":\\"$yaml: yaml: line 1: did not find expected key\\"" 'Cannot start the provider *file.Provider' && sleep 30
  if [[ -n \${broken-} ]]; then
    say error "\\"error\\":\\"$broken: field not found, node: servce\\"" 'Cannot start the provider *file.Provider'
  else
    say debug '"providerName":"file","config":{}' 'Configuration received'
    grep -qs 'service: nope' "$dynamic"/* && say error '"routerName":"old@file"' 'the service "nope@file" does not exist'
    # On a busy host it is silent for a while between two of them.
    sleep 1
    grep -qs 'Hst(' "$dynamic"/* && say error '"routerName":"grafana@file","error":"unsupported function: Hst"' ''
    name=$(sed -n 's/^udp: { routers: { \\([^:]*\\):.*/\\1/p' "$dynamic"/*)
    say error "\\"routerName\\":\\"$name@file\\"" ''
  fi
fi
sleep 30
`;

/** The real ones that the lab has built, beside the recorded words. */
function binaries(): [string, string | undefined][] {
  const cached = existsSync(cacheFolder()) ? readdirSync(cacheFolder()) : [];
  const real = cached
    .map((name) => join(cacheFolder(), name, "usr/local/bin/traefik"))
    .find((path) => existsSync(path));
  return [
    ["recorded words", undefined],
    ...(real ? [["the real Traefik", real] as [string, string]] : []),
  ];
}

function trial(binary: string | undefined) {
  const traefik = binary ?? join(directory, "traefik");
  if (binary === undefined) writeFileSync(traefik, RECORDED, { mode: 0o755 });
  const script = join(directory, "try.sh");
  writeFileSync(script, traefikTryScript(join(directory, "dynamic"), traefik));
  return (...args: string[]) => {
    const { status, stderr } = spawnSync("bash", [script, ...args], { encoding: "utf8" });
    return { status, output: stderr.replaceAll(directory, "").trimEnd() };
  };
}

const file = (name: string, text: string) => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

test.each(binaries())(
  "%s: our own files are accepted",
  (_, binary) => {
    const run = trial(binary);
    expect(run("static", file("s.yml", golden("traefik.yml")))).toEqual({ status: 0, output: "" });
    expect(run("dynamic", "routes.yml", file("r.yml", golden("routes.yml")))).toEqual({
      status: 0,
      output: "",
    });
    file("dynamic/routes.yml", golden("routes.yml"));
    expect(run("directory")).toEqual({ status: 0, output: "" });
  },
  60_000,
);

test.each(binaries())(
  "%s: a text that is no YAML is refused with the file's own name",
  (_, binary) => {
    const run = trial(binary);
    const bad = `${golden("routes.yml")}  - broken: [\n`;
    expect(run("dynamic", "routes.yml", file("new", bad))).toEqual({
      status: 1,
      output: `"error":"/dynamic/routes.yml: yaml: line 1: did not find expected key","message":"Cannot start the provider *file.Provider"`,
    });
  },
  60_000,
);

test.each(binaries())(
  "%s: an unknown key is refused with the file's own name",
  (_, binary) => {
    const run = trial(binary);
    const bad = golden("routes.yml").replace("service:", "servce:");
    const { status, output } = run("dynamic", "routes.yml", file("new", bad));
    expect(status).toBe(1);
    expect(output).toContain("/dynamic/routes.yml: field not found, node: servce");
    const unknown = golden("traefik.yml").replace("  web:\n", "  web:\n    bogus: 1\n");
    const refused = run("static", file("s.yml", unknown));
    expect(refused.status).toBe(1);
    expect(refused.output).toContain("field not found, node: bogus");
  },
  60_000,
);

test.each(binaries())(
  "%s: new complaints count, those of other files do not",
  (_, binary) => {
    const run = trial(binary);
    const old = `http: { routers: { old: { rule: "Host(\`old\`)", service: nope } } }`;
    file("dynamic/old.yml", old);
    expect(run("directory").status).toBe(1);
    const good = golden("routes.yml");
    expect(run("dynamic", "routes.yml", file("new", good))).toEqual({ status: 0, output: "" });
    const { status, output } = run(
      "dynamic",
      "routes.yml",
      file("new", good.replace("Host(", "Hst(")),
    );
    expect(status).toBe(1);
    expect(output).toContain("unsupported function: Hst");
    expect(output).not.toContain("nope");
  },
  60_000,
);

test.each(binaries())(
  "%s: a directory that it rejects as a whole is refused",
  (_, binary) => {
    const run = trial(binary);
    file("dynamic/broken.yml", "http: { routers: { a: { servce: x } } }\n");
    const { status, output } = run("dynamic", "routes.yml", file("new", golden("routes.yml")));
    expect(status).toBe(1);
    expect(output).toContain("/dynamic/broken.yml: field not found, node: servce");
  },
  60_000,
);

/** A certificate and its key, and the file that names both as `name`. */
function pair(name: string): string {
  const at = (ending: string) => join(directory, `${name}.${ending}`);
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  args.push(
    "-nodes",
    "-days",
    "1",
    "-subj",
    `/CN=${name}`,
    "-addext",
    `subjectAltName=DNS:${name}`,
  );
  const { status, output } = runTool("openssl", [...args, "-keyout", at("key"), "-out", at("crt")]);
  if (status !== 0) throw new Error(output);
  return file("named.yml", traefikCertificates([{ certificate: at("crt"), key: at("key") }]));
}

test.each(binaries())(
  "%s: a readable certificate is accepted, and one that is still on its way",
  (_, binary) => {
    const run = trial(binary);
    const named = pair("a.test");
    const accepted = { status: 0, output: "" };
    expect(run("certificates", "certificates.yml", named)).toEqual(accepted);
    rmSync(join(directory, "a.test.key"));
    expect(run("certificates", "certificates.yml", named)).toEqual(accepted);
    rmSync(join(directory, "a.test.crt"));
    expect(run("certificates", "certificates.yml", named)).toEqual(accepted);
  },
  60_000,
);

test("rejects a certificate, a key that cannot be read and two that do not belong together", () => {
  const run = trial(undefined);
  pair("b.test");
  const named = pair("a.test");
  const said = () => run("certificates", "certificates.yml", named);
  const key = readFileSync(join(directory, "a.test.key"), "utf8");
  file("a.test.key", readFileSync(join(directory, "b.test.key"), "utf8"));
  expect(said()).toEqual({
    status: 1,
    output: "/a.test.crt and /a.test.key do not belong together",
  });
  file("a.test.key", key.slice(0, 60));
  expect(said()).toEqual({
    status: 1,
    output: "/a.test.key holds no private key that can be read",
  });
  file("a.test.key", key);
  file("a.test.crt", "");
  expect(said()).toEqual({
    status: 1,
    output: "/a.test.crt holds no certificate that can be read",
  });
}, 60_000);

test("waits for the second half of a pair that is being renewed", async () => {
  const run = trial(undefined);
  const named = pair("a.test");
  const key = readFileSync(join(directory, "a.test.key"), "utf8");
  pair("b.test");
  rmSync(join(directory, "a.test.key"));
  renameSync(join(directory, "b.test.key"), join(directory, "a.test.key"));
  const late = file("late.key", key);
  const move = `sleep 1.5; mv ${late} ${join(directory, "a.test.key")}`;
  const child = spawn("sh", ["-c", move]);
  expect(run("certificates", "certificates.yml", named)).toEqual({ status: 0, output: "" });
  if (child.exitCode === null) await once(child, "exit");
}, 60_000);

test("rejects certificate resolvers, and a misspelt part that Traefik would skip", () => {
  const run = trial(undefined);
  const text = golden("traefik.yml");
  expect(
    run("static", file("s.yml", `${text}certificatesResolvers: {}\n`)).output,
  ).toMatchInlineSnapshot(
    `"found certificatesResolvers: every member would ask for the same certificates and be locked out; get them outside Traefik and name them in the pair's certificates"`,
  );
  expect(run("static", file("s.yml", `${text}acesslog: {}\n`))).toMatchInlineSnapshot(`
    {
      "output": "unknown part of the static configuration: acesslog",
      "status": 1,
    }
  `);
});

test("rejects everything while there is no Traefik", () => {
  const run = trial("/nowhere/traefik");
  expect(run("directory")).toEqual({
    status: 127,
    output: "/nowhere/traefik is not there, so no configuration can be tried",
  });
});
