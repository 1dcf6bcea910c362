import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { haproxyBackends } from "../../../model/haproxy/conf";
import { judgeHaproxyFile, judgeHaproxyText } from "../../../model/haproxy/refused";
import { haproxyWords, shownWord } from "../../../model/haproxy/words";

const variable = (name: string) => `\${${name}}`;

const splits: { line: string; words: string[] }[] = [
  { line: " server\ta  b # c", words: ["server", "a", "b"] },
  { line: "a#b c", words: ["a"] },
  { line: `"a b"'c d' e\\ f`, words: ["a bc d", "e f"] },
  { line: "a\\", words: ["a\\"] },
  { line: "a\\x20b\\tc\\d", words: ["a b\tc\\d"] },
  { line: `'a\\' "b\\"c" \\"`, words: ["a\\", 'b"c', '"'] },
  { line: `"${variable("A-b")}" ${variable("A-b")} "\\$A"`, words: ["b", variable("A-b"), "$A"] },
  { line: `"x${variable("A")}y" "$B"`, words: [`x${variable("A")}y`, variable("B")] },
  { line: "a\rb", words: ["a"] },
  { line: "\ra \rb", words: ["a", "b"] },
  { line: "a\u00a0b\vc\fd", words: ["a\u00a0b", "c", "d"] },
];

test.each(splits)("words of $line", ({ line, words }) => {
  expect(haproxyWords(line).words.map(shownWord)).toEqual(words);
});

/** A word in one of the spellings that mean the same. */
const spelled = (word: string) =>
  fc.constantFrom(
    word,
    `"${word}"`,
    `'${word}'`,
    `${word.slice(0, 1)}"${word.slice(1)}"`,
    `"${variable(`UNSET-${word}`)}"`,
    `\\x${word.charCodeAt(0).toString(16)}${word.slice(1)}`,
  );
const options = fc
  .array(
    fc.constantFrom(
      ...["check", "no-check", "ssl", "no-ssl", "backup", "no-backup", "disabled", "enabled"],
      ...["verify none", "inter 1h", "weight 5", "check-ssl", "no-check-ssl"],
    ),
    { maxLength: 5 },
  )
  .chain((all) => fc.tuple(...all.flatMap((one) => one.split(" ")).map(spelled)))
  .map((all) => all.join(" "));
const defaultServer = options.map((all) => (all === "" ? "" : `  default-server ${all}\n`));
const server = fc
  .tuple(fc.constantFrom("127.0.0.1", "ipv4@127.0.0.1"), fc.integer({ min: 1, max: 9 }), options)
  .map(([host, port, all]) => `${host}:${port} ${all}`);
const mode = fc.constantFrom("", "  mode tcp\n", "  mode http\n", '  mode "http"\n');
const check = fc.constantFrom("", "  option httpchk GET /readyz\n", "  option tcp-check\n");

/** A section that HAProxy accepts, with the defaults that it inherits. */
const section = fc.record({
  defaults: fc.tuple(mode, defaultServer, check),
  before: defaultServer,
  after: fc.option(defaultServer, { nil: "" }),
  mode,
  check,
  servers: fc.array(server, { minLength: 1, maxLength: 4 }),
  faults: fc.array(
    fc.constantFrom(
      ...[`  description "${variable("A:-b")}"`, '  description "^a$"', "  description \\xfg"],
      ...[`  description ${"a ".repeat(70)}`, "  server\u00a0v 127.0.0.1:1", "  mode\u00a0tcp"],
      ...['  description "a b', "  server x 127.0.0.1:1 check \\\n  check", "  description it's"],
      ...[
        "  server y 127.0.0.1:1 ssl verify maybe",
        "  server z 127.0.0.1:1 check ssl verify required",
      ],
      "  no option httpchk",
      "  server w 127.0.0.1:1\n  server w 127.0.0.1:2",
    ),
    { maxLength: 1 },
  ),
  harmless: fc.constantFrom(
    ...["", "  # it's a \\\n", '  description "a#b" # "\n', "  description it\\'s\\ \\\"so\n"],
    `  description "${variable("UNSET-it's")}"\n`,
  ),
});
type Section = typeof section extends fc.Arbitrary<infer Value> ? Value : never;

const timeouts = "  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n";

function written(each: Section, name: string, faults: readonly string[]): string {
  const [first, ...more] = each.servers.map((one, index) => `  server s${index} ${one}\n`);
  return [
    `defaults\n${timeouts}`,
    ...each.defaults,
    `backend ${name}\n${each.mode}${each.check}${each.before}`,
    `${first}${each.after}${more.join("")}`,
    each.harmless,
    ...faults.map((fault) => `${fault}\n`),
  ].join("");
}

const seed = Number(process.env.HAPROXY_SEED ?? 2026);
const folder = () => mkdtempSync(join(tmpdir(), "haproxy-"));

test("haproxy accepts and refuses 120 generated files as the reader does", () => {
  const sections = fc.sample(section, { numRuns: 120, seed });
  // Without a listener HAProxy does not start, whatever else is right.
  const head = "global\n  stats socket /tmp/none\n  ssl-server-verify none\n";
  const files = sections.map((each) => head + written(each, "b", each.faults));
  const there = folder();
  try {
    files.forEach((text, index) => void writeFileSync(join(there, `${index}.cfg`), text));
    const loop = `i=0; while [ $i -lt ${files.length} ]; do haproxy -c -f $i.cfg >/dev/null 2>&1; echo $?; i=$((i+1)); done`;
    const codes = execFileSync("sh", ["-c", loop], { cwd: there, encoding: "utf8" }).split("\n");
    files.forEach((text, index) => {
      const accepted = [...judgeHaproxyText(text, true), ...judgeHaproxyFile(text)].length === 0;
      expect(accepted, `HAPROXY_SEED=${seed}, file ${index}:\n${text}`).toBe(codes[index] === "0");
    });
    expect(new Set(codes.slice(0, -1))).toEqual(new Set(["0", "1"]));
  } finally {
    rmSync(there, { recursive: true });
  }
});

test("a running haproxy checks the servers of 120 generated sections as the reader says", async () => {
  const sections = fc.sample(section, { numRuns: 120, seed: seed + 1 });
  const there = folder();
  const socket = join(there, "socket");
  const head = `global\n  stats socket ${socket} level admin\n  ssl-server-verify none\n  maxconn 100\n`;
  const text = head + sections.map((each, index) => written(each, `b${index}`, [])).join("");
  writeFileSync(join(there, "cfg"), text);
  const tested = spawnSync("haproxy", ["-c", "-f", join(there, "cfg")], { encoding: "utf8" });
  expect(tested.status, `HAPROXY_SEED=${seed}: ${tested.stderr}`).toBe(0);
  const daemon = spawn("haproxy", ["-db", "-f", join(there, "cfg")], { stdio: "ignore" });
  try {
    const [state, stat] = [
      await asked(socket, "show servers state"),
      await asked(socket, "show stat"),
    ];
    const modes = new Map(stat.map((line) => line.split(",")).map((row) => [row[0], row.at(75)]));
    const running = state
      .filter((line) => /^\d+ \S/.test(line))
      .map((line) => line.split(" "))
      .map((row) => ({
        title: `backend ${row[1]}`,
        name: row[3],
        port: Number(row[18]),
        checked: (Number(row[13]) & 4) !== 0,
        mode: modes.get(row[1]),
        disabled: (Number(row[6]) & 4) !== 0 || (Number(row[6]) & 1) !== 0,
        tls: row[20] === "1",
      }));
    const read = haproxyBackends(text).flatMap(({ title, mode: own, servers }) =>
      servers.map(({ name, port, checked, tls, standby }) => {
        const same = running.find((one) => one.title === title && one.name === name);
        const backup = standby && same?.disabled === false;
        return {
          ...{ title, name, port, checked, mode: own },
          disabled: standby && !backup,
          // The daemon shows TLS for traffic only, the reader knows that of the check too.
          tls: tls && (same?.tls ?? true),
        };
      }),
    );
    expect(read, `HAPROXY_SEED=${seed}`).toEqual(running);
    expect(new Set(running.map(({ checked }) => checked)).size).toBe(2);
  } finally {
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill();
    await ended;
    rmSync(there, { recursive: true });
  }
});

/** The answer to a command at the daemon's socket, once it is there. */
async function asked(socket: string, command: string): Promise<string[]> {
  for (;;) {
    try {
      const answer = await new Promise<string>((resolve, reject) => {
        let all = "";
        const connection = createConnection(socket, () => void connection.write(`${command}\n`));
        connection.on("data", (data) => {
          all += String(data);
        });
        connection.on("end", () => resolve(all));
        connection.on("error", reject);
      });
      return answer.split("\n");
    } catch {
      await sleep(50);
    }
  }
}
