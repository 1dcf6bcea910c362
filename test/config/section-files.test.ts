import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parseStackFile } from "../../config/file/parse-file";
import { problemText } from "../../config/file/problem";
import { filesIn, type SectionReader } from "../../config/file/section-files";
import { readStackFile } from "../../config/file/stack-file";
import { stackData, stackText } from "../support/clusters/stacks";

/** The homelab stack with some of its sections taken out, and those as a text. */
function moved(...sections: string[]) {
  const { config } = parse(stackText("homelab")) as { config: Record<string, unknown> };
  const data: Record<string, unknown> = {};
  for (const section of sections) {
    data[section] = config[`homelab:${section}`];
    delete config[`homelab:${section}`];
  }
  return { config, text: stringify(data) };
}

const reading =
  (files: Record<string, string>): SectionReader =>
  (path) =>
    files[path] === undefined ? { refused: `there is no ${path}` } : { text: files[path] };

/** What a stack file and the files beside it are told. */
function reported(config: Record<string, unknown>, read: SectionReader): string[] {
  const { file, parsed } = parseStackFile(stringify({ config }), { read });
  return (parsed.stack ? parsed.warnings : parsed.problems).map((problem) => {
    const place = problem.outside?.file ? problem.outside : file.placeOf(problem.path);
    const where = place ? `${place.file}:${place.line}:${place.column} ` : "";
    return `${where}${problemText(problem)}`;
  });
}

test("sections in files of their own make the same stack", () => {
  const { config, text } = moved("guests", "haGroups");
  config["homelab:files"] = ["guests.homelab.yaml"];
  const read = reading({ "guests.homelab.yaml": text });
  const { files, ...data } = readStackFile(stringify({ config }), { read }).data;
  expect(files).toEqual(["guests.homelab.yaml"]);
  expect(data).toEqual(stackData("homelab"));
  expect(reported(config, read)).toEqual([]);
});

test("a mistake in such a file is shown at its own line and column", () => {
  const { config, text } = moved("guests");
  config["homelab:files"] = ["guests.homelab.yaml"];
  const wrong = text
    .replace("vmid: 110", "vmid: 11")
    .replace("address: 192.168.1.1", "addres: 192.168.1.1");
  const rows = wrong.split("\n");
  const line = rows.findIndex((row) => row.includes("vmid: 11") && !row.includes("vmid: 11 ")) + 1;
  const problems = reported(config, reading({ "guests.homelab.yaml": wrong }));
  const column = (rows[line - 1]?.indexOf("11") ?? 0) + 1;
  expect(problems[0]).toBe(
    `guests.homelab.yaml:${line}:${column} homelab:guests.traefik.vmid: found 11, expected a VMID from 100 to 999999999; use the id that Proxmox shows for the guest`,
  );
  expect(problems.find((problem) => problem.includes("addres"))).toMatch(
    /^guests\.homelab\.yaml:\d+:\d+ homelab:guests\.\S+\.addres: unknown key "addres"; did you mean "address"\?$/,
  );
});

test("rejects sections that are unknown, given twice or at home elsewhere", () => {
  const { config, text } = moved("guests");
  config["homelab:files"] = ["a.yaml", "b.yaml"];
  const read = reading({
    "a.yaml": text.replace("guests:", "guest:"),
    "b.yaml":
      "homelab:haGroups: {}\ndns: {}\nguests: {}\nsecrets: { sshPrivateKey: hunter2 }\nfiles: []\ncutovers: {}\nwhatever: 1\n",
  });
  const problems = reported(config, read);
  expect(problems).toMatchInlineSnapshot(`
    [
      "a.yaml:1:1 guest: unknown section "guest"; did you mean "guests"?",
      "b.yaml:1:1 homelab:haGroups: found "homelab:haGroups", expected the section alone; write haGroups:",
      "b.yaml:2:1 dns: "dns" is given a second time, first in the stack file; keep one",
      "b.yaml:3:1 guests: "guests" is given a second time, first in a.yaml; keep one",
      "b.yaml:4:1 secrets: secrets are not allowed in such a file (not shown here); if they were in plain text, replace them, and set them with: pulumi config set --secret --path 'homelab:secrets.<path>'",
      "b.yaml:5:1 files: a file of sections names no other; name it in the stack file",
      "b.yaml:6:1 cutovers: cutovers stays in the stack file, where \`homelab cutover\` sets its phase; move it there",
      "b.yaml:7:1 whatever: unknown section "whatever"; known are apiLoadBalancers, backups, cluster, dns, guests, haGroups, kubernetes, kubernetesIngress, monitoring, resilience, servicePairs, sites, traefikPairs, tunnels; write one of them",
    ]
  `);
  expect(problems.join()).not.toContain("hunter2");
});

test("rejects paths that lead nowhere, out of the folder, or to another kind of file", () => {
  const { config } = moved("guests");
  const tries = {
    above: ["../guests.yaml"],
    absolute: ["/etc/passwd"],
    around: ["sub/../../guests.yaml"],
    kind: ["guests.json"],
    stack: ["Pulumi.guests.yaml"],
    twice: ["a.yaml", "./a.yaml"],
    text: "guests.yaml",
    number: [1],
    missing: ["guests.yaml"],
  };
  const problems = Object.entries(tries).map(([name, files]) => [
    name,
    reported({ ...config, "homelab:files": files }, filesIn(tmpdir())).join("\n"),
  ]);
  expect(Object.fromEntries(problems)).toMatchInlineSnapshot(`
    {
      "above": "homelab:files[0]: found "../guests.yaml", expected a path inside the folder of the stack file; move the file there and write e.g. guests.homelab.yaml",
      "absolute": "homelab:files[0]: found "/etc/passwd", expected a path inside the folder of the stack file; move the file there and write e.g. guests.homelab.yaml",
      "around": "homelab:files[0]: found "sub/../../guests.yaml", expected a path inside the folder of the stack file; move the file there and write e.g. guests.homelab.yaml",
      "kind": "homelab:files[0]: found "guests.json", expected a name that ends in .yaml; write e.g. guests.homelab.yaml",
      "missing": "homelab:files[0]: file guests.yaml does not exist beside the stack file; create it, or remove it from the list",
      "number": "homelab:files[0]: found 1, expected a path; write e.g. guests.homelab.yaml",
      "stack": "homelab:files[0]: found "Pulumi.guests.yaml", expected a name of its own, because Pulumi takes this one for the stack "guests"; rename it, e.g. guests.homelab.yaml",
      "text": "homelab:files: found "guests.yaml", expected a list; write [guests.yaml]",
      "twice": "homelab:files[1]: found "./a.yaml" a second time; name each file once",
    }
  `);
});

test("rejects a file that is no map of sections, with that mistake only", () => {
  const { config } = moved("guests");
  const problems = [
    "",
    "- guests\n",
    "config:\n  homelab:guests: {}\n",
    "guests: {\n",
    "a: 1\na: 2\n",
  ].map((text) =>
    reported({ ...config, "homelab:files": ["a.yaml"] }, reading({ "a.yaml": text })).join("\n"),
  );
  expect(problems).toMatchInlineSnapshot(`
    [
      "a.yaml:1:1 YAML: found no section, expected a map of sections such as guests:; write one, or take the file out of homelab:files",
      "a.yaml:1:1 YAML: found no section, expected a map of sections such as guests:; write one, or take the file out of homelab:files",
      "a.yaml:1:1 YAML: found "config:", which is for stack files; begin with the sections themselves, e.g. guests:",
      "a.yaml:1:9 YAML: found a { that nothing closes, expected a }; add it at the end of the list or map that begins here",
      "a.yaml:2:1 a: found "a" a second time, first in line 1, expected each key once; keep one of them
    a.yaml:1:1 a: unknown section "a"; known are apiLoadBalancers, backups, cluster, dns, guests, haGroups, kubernetes, kubernetesIngress, monitoring, resilience, servicePairs, sites, traefikPairs, tunnels; write one of them
    homelab:guests: missing, expected a map; add it: an entry for each by name, with vmid, type, node, storage (and, where needed, purpose, address, diskGb, memoryMb, cores, serves, replicated, needs)
    homelab:traefikPairs.traefik.members[0].guest: there is no guest "traefik" in homelab:guests (named in 2 places); there are none; add it there, or remove this
    homelab:traefikPairs.traefik.members[1].guest: there is no guest "traefik-2" in homelab:guests (named in 2 places); there are none; add it there, or remove this
    homelab:haGroups.critical-infrastructure.guests[0]: there is no guest "adguard-2" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.critical-infrastructure.guests[1]: there is no guest "adguard" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.critical-infrastructure.guests[2]: there is no guest "kea-dhcp-1" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.critical-infrastructure.guests[3]: there is no guest "kea-dhcp-2" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.databases.guests[0]: there is no guest "influxdb" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.databases.guests[1]: there is no guest "postgresql" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.applications.guests[0]: there is no guest "netbox" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.applications.guests[1]: there is no guest "uptime-kuma" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.applications.guests[2]: there is no guest "mqtt-prod" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.applications.guests[3]: there is no guest "zigbee2mqtt" in homelab:guests; there are none; add it there, or remove this
    homelab:haGroups.applications.guests[4]: there is no guest "stork-server" in homelab:guests; there are none; add it there, or remove this",
    ]
  `);
});

test("a misspelt homelab:files is one mistake, and not one for each thing that it names", () => {
  const { config, text } = moved("guests");
  config["homelab:file"] = ["a.yaml"];
  expect(reported(config, reading({ "a.yaml": text }))).toEqual([
    'homelab:file: unknown key "file"; did you mean "files"?',
  ]);
});

let folder: string | undefined;
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

test("files are read in the folder and below it, and not through a link out of it", () => {
  folder = mkdtempSync(join(tmpdir(), "sections-"));
  const inside = join(folder, "stack");
  mkdirSync(join(inside, "sub"), { recursive: true });
  writeFileSync(join(folder, "outside.yaml"), "guests: {}\n");
  writeFileSync(join(inside, "sub", "guests.yaml"), "guests: {}\n");
  symlinkSync("../outside.yaml", join(inside, "link.yaml"));
  symlinkSync("sub/guests.yaml", join(inside, "near.yaml"));
  mkdirSync(join(inside, "folder.yaml"));
  const read = filesIn(inside);
  expect(["sub/guests.yaml", "near.yaml", "link.yaml", "folder.yaml"].map(read)).toEqual([
    { text: "guests: {}\n" },
    { text: "guests: {}\n" },
    { refused: "link.yaml leads out of the folder of the stack file; copy the file there" },
    { refused: "folder.yaml is a folder, expected a file" },
  ]);
});

/** A stack file of about that many bytes in its guests. */
const sized = (bytes: number, more: Record<string, unknown> = {}) =>
  readStackFile(
    stringify({
      config: { ...more, "homelab:guests": { g: { purpose: "x".repeat(bytes) } } },
    }),
  ).sizeProblem;

test("a large configuration is told what to move, a warning first and then a refusal", () => {
  expect(sized(102_000)).toBeUndefined();
  const warning = sized(103_000);
  expect(warning).toMatchObject({ path: ["guests"], severity: "warning" });
  expect(warning && problemText(warning)).toMatchInlineSnapshot(
    `"homelab:guests: the configuration in this file is 101 KiB as the engine hands it over, and Linux starts neither the program nor the policy pack with more than 128 KiB ("argument list too long"); move guests (101 KiB) into a file of its own and name that in homelab:files, see https://github.com/homelab-ha/homelab-ha/blob/main/docs/configuration.md"`,
  );
  expect(sized(126_000)).toMatchObject({ severity: "warning" });
  expect(sized(128_000)).toMatchObject({ path: ["guests"], severity: "error" });
});

test("quotes count as the engine writes them, and what cannot be moved is not named", () => {
  // Every quote of the inner JSON takes a backslash in the outer one.
  expect(
    sized(0, {
      "homelab:dns": Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`h${i}`, ""])),
    }),
  ).toMatchObject({
    path: ["dns"],
    severity: "error",
  });
  const foreign = sized(1, { "other:blob": "x".repeat(200_000) });
  expect(foreign && problemText(foreign)).toMatch(
    /^other:blob: .*; make other:blob \(196 KiB\) smaller$/,
  );
});
