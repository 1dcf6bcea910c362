import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeepalivedHost } from "../../model/keepalived/host";
import { readConf } from "../../model/keepalived/read";
import { seenByDaemon, seenByReader } from "./dump";
import { type GeneratedFile, generatedFile } from "./generator/file";
import { addresses, Oracle } from "./oracle";
import { keepalivedPrograms, type Program } from "./programs";

const GENERATED = 2000;
const programs = keepalivedPrograms();
const CHECK = "/usr/local/bin/check";
const script = { text: "#!/bin/sh\nexit 0\n", mode: 0o755 };

const lines = (path: string) => readFileSync(path, "utf8").split("\n");
const users = new Set(lines("/etc/passwd").map((line) => line.split(":", 1).join("")));
const groups = new Set(lines("/etc/group").map((line) => line.split(":", 1).join("")));

/** The host that the files are read on, as the reader is told about it. */
const host: KeepalivedHost = {
  name: "alpha",
  mergedUsr: lstatSync("/bin").isSymbolicLink(),
  hasUser: (name, group) => users.has(name) && (group === undefined || groups.has(group)),
  hasInterface: (name) => /^(lo|p?eth[01])$/.test(name),
  addressOf: (device, family) => addresses[device]?.[family],
};

let oracles: Oracle[] = [];

beforeAll(async () => {
  const places = Math.max(4, availableParallelism() * 3);
  oracles = await Promise.all(Array.from({ length: places }, () => Oracle.open()));
});

afterAll(() => {
  for (const oracle of oracles) oracle.close();
});

/** Has the daemon and the reader read every file; returns those about which they disagree. */
async function disagreements(
  { path: program, release }: Program,
  files: readonly (GeneratedFile & { name: string })[],
  commands: (command: string) => boolean,
): Promise<{ bad: string[]; refused: number }> {
  const bad: string[] = [];
  let refused = 0;
  let next = 0;
  await Promise.all(
    oracles.map(async (oracle) => {
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        oracle.bring(file.files);
        const daemon = seenByDaemon(await oracle.read(file.text, { program }));
        oracle.remove(file.files.keys());
        const reader = seenByReader(
          readConf(file.text, { ...host, release, files: file.files, hasCommand: commands }),
        );
        if (daemon === "refused") refused++;
        const difference = compared(daemon, reader);
        if (difference !== "") bad.push(`${file.name}: ${difference}\n${file.text}`);
      }
    }),
  );
  return { bad, refused };
}

type Reading = ReturnType<typeof seenByDaemon>;

/** Every field in which two readings differ, with both values. */
function compared(daemon: Reading, reader: Reading): string {
  if (daemon === "refused" || reader === "refused") {
    return daemon === reader
      ? ""
      : `refused by the ${daemon === "refused" ? "daemon" : "reader"} only`;
  }
  const names = new Set([...Object.keys(daemon), ...Object.keys(reader)]);
  return [...names]
    .flatMap((name) => {
      const fields = new Set([
        ...Object.keys(daemon[name] ?? {}),
        ...Object.keys(reader[name] ?? {}),
      ]);
      return [...fields].flatMap((field) => {
        const [seen, read] = [daemon[name]?.[field], reader[name]?.[field]].map((value) =>
          JSON.stringify(value),
        );
        return seen === read ? [] : [`${name} ${field}: daemon ${seen}, reader ${read}`];
      });
    })
    .join("; ");
}

const folders = ["test/__files__", "test/__files__/keepalived-cases"];
const stored = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /^keepalived.*\.conf$/.test(name) || folder.endsWith("cases"))
    .map((name) => `${folder}/${name}`),
);

test.each(programs)(
  "keepalived $version and the reader agree about every stored file",
  async (program) => {
    const files = stored.map((name) => ({
      name,
      text: readFileSync(name, "utf8"),
      files: new Map<string, string>(),
    }));
    const commands = files.flatMap(({ text }) => text.match(/\/usr\/local\/bin\/[\w.-]+/g) ?? []);
    const tracked = files.flatMap(({ text }) => text.match(/\/run\/[\w./-]+/g) ?? []);
    for (const oracle of oracles) {
      oracle.bring(new Map(commands.map((path) => [path, script.text])), script.mode);
      oracle.bring(new Map(tracked.map((path) => [path, "0\n"])));
    }

    const { bad } = await disagreements(program, files, (command) => commands.includes(command));

    expect(files.length).toBeGreaterThan(30);
    expect(bad).toEqual([]);
  },
);

test.each(programs)(
  `keepalived $version and the reader agree about ${GENERATED} generated files`,
  async (program) => {
    const seed = Number(process.env.KEEPALIVED_SEED ?? 415_018_303);
    process.stdout.write(`keepalived: ${GENERATED} files of seed ${seed} (KEEPALIVED_SEED)\n`);
    for (const oracle of oracles) oracle.bring(new Map([[CHECK, script.text]]), script.mode);
    const files = fc
      .sample(generatedFile, { numRuns: GENERATED, seed })
      .map((file, index) => ({ ...file, name: `seed ${seed}, file ${index}` }));

    const { bad, refused } = await disagreements(program, files, (command) =>
      [CHECK, "/bin/sh", "/bin/true", "/usr/bin/true"].includes(command),
    );

    expect(bad.slice(0, 3)).toEqual([]);
    expect(bad).toHaveLength(0);
    // Both kinds have to be among them, or nothing was compared.
    expect(refused).toBeGreaterThan(GENERATED / 20);
    expect(refused).toBeLessThan(GENERATED / 2);
  },
);
