import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { dial, runOn } from "../../../clients/ssh/client";
import {
  asking,
  found,
  listing,
  rootTest,
  SECRET,
  startTarget,
  type Target,
  tampered,
} from "../../support/replication/target";

// An attacker who has the replication key and the address that it is let in from. Whatever is asked
// for and sent: nothing outside the copied directories changes, and nothing is read.

/** Name that every attack tries to create; what a killed run left behind has another one. */
const MARK = `attack-mark-${randomBytes(2).toString("hex")}`;

/** The same attacks in every run; another seed by hand. */
const SEED = Number(process.env.ATTACK_SEED ?? 20_260_811);

const REQUEST = "rsync --server --daemon .";

interface Attack {
  command: string;
  stdin: string;
}

const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) =>
  fc.sample(arbitrary, { seed: SEED, numRuns });

const options = ({ outside }: Target) => [
  ...[
    "-sltpre.iLsfxCIvu",
    "-logDtpre.iLsfxCIvu",
    "-vlogDtprRKze.iLsfxC",
    "-s",
    "-e.LsfxCIvu",
    "-K",
  ],
  ...["--server", "--sender", "--daemon", "--", "--secluded-args", "--protect-args", "--relative"],
  ...[
    "--keep-dirlinks",
    "--delete",
    "--remove-source-files",
    "--fake-super",
    "--inplace",
    "--force",
  ],
  ...["--write-devices", "--copy-devices", "--trust-sender", "--old-args", "--rsh=touch"],
  ...["--log-file", "--config", "--only-write-batch"].map((name) => `${name}=${outside}/${MARK}`),
  ...["--temp-dir", "--partial-dir", "--backup-dir", "--link-dest"].map(
    (name) => `${name}=${outside}`,
  ),
  ...[`-T${outside}`, `--files-from=${outside}/secret`, `-M--log-file=${outside}/${MARK}`],
];

const words = (target: Target) => {
  const { dynamic, outside } = target;
  const touch = `touch ${outside}/${MARK}`;
  return [
    ...options(target),
    ...["rsync", "rsync --server", ".", "..", "-", "\n", "\t", "'", '"', "\\"],
    ...[`${dynamic}/`, `${dynamic}/../outside/`, `${dynamic}/out/`, `${outside}/`],
    ...[`; ${touch}`, `$(${touch})`, `\`${touch}\``, `| sh`, `&& cat ${outside}/secret`],
    ...[`sh -c 'cat ${outside}/secret'`, `scp -t ${outside}`, "/usr/lib/openssh/sftp-server"],
  ];
};

/** Commands other than the one that is let in, with arguments, shell commands or files on standard input. */
const commands = (target: Target): Attack[] =>
  sample(
    fc.record({
      command: fc
        .record({
          parts: fc.array(
            fc.oneof(fc.constantFrom(...words(target)), fc.string({ maxLength: 8 })),
            { maxLength: 7 },
          ),
          space: fc.constantFrom(" ", "  ", "\t"),
          frame: fc.constantFrom(
            ["", ""],
            ["rsync --server ", ""],
            [`${REQUEST} `, ""],
            ["", ` ${REQUEST}`],
          ),
        })
        .map(({ parts, space, frame }) => frame.join(parts.join(space)))
        .filter((text) => text !== REQUEST && !text.includes("\0")),
      stdin: fc.constantFrom(
        "",
        `--server\0--log-file=${target.outside}/${MARK}\0.\0${target.outside}/\0\0`,
        `rsync\0--server\0-ltpr\0.\0${target.outside}/\0\0`,
        `touch ${target.outside}/${MARK}; cat ${target.outside}/secret\n`,
        `@RSYNCD: 31.0\ndynamic\n--server\0.\0dynamic/\0\0`,
        `C0644 4 ${MARK}\nevil\0`,
      ),
    }),
    120,
  );

/** The command that is let in, with what does not come from lsyncd's rsync. */
const conversations = (target: Target): Attack[] => {
  const places = ["dynamic/", "dynamic/../outside/", "dynamic/out/", "dynamic/up/", "../outside"];
  const modules = [
    "certificates",
    "dynamic/../outside",
    "/etc",
    "global",
    "#list",
    "",
    "*",
    "a\0b",
  ];
  return sample(
    fc
      .record({
        version: fc.constantFrom(
          "32.0 sha512 sha256 sha1 md5 md4",
          "31.0",
          "30.0",
          "29.0",
          "27",
          "99.9",
        ),
        before: fc.constantFrom("", "", "", "#early_input=4\nevil", "#list\n"),
        module: fc.oneof(fc.constant("dynamic"), fc.constantFrom(...modules, target.outside)),
        args: fc.array(
          fc.constantFrom(...options(target), ...places, ".", "/", "", `${target.outside}/`),
          { minLength: 1, maxLength: 6 },
        ),
        end: fc.constantFrom("\0", "\n"),
        noise: fc.string({ maxLength: 200 }),
      })
      .map(({ version, before, module, args, end, noise }) => ({
        command: REQUEST,
        stdin: `@RSYNCD: ${version}\n${before}${module}\n${["--server", ...args, "", ""].join(end)}${noise}`,
      })),
    80,
  );
};

/** Four at a time over one connection; returns what came back. */
async function attackBySsh(target: Target, attacks: readonly Attack[]): Promise<string[]> {
  const client = await dial(target.sshd.connection);
  const said: string[] = [];
  const rest = [...attacks];
  const work = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      const { output, failure } = await runOn(client, next.command, { stdin: next.stdin });
      said.push(output);
      if (next.command === REQUEST) continue;
      // What the script says may get lost when the connection ends at once; its exit code does not.
      expect({ ...next, failure }).toEqual({ ...next, failure: "Process exited with status 1" });
      expect(output).not.toContain("@RSYNCD");
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  client.end();
  return said;
}

/** Pushes and pulls of the real rsync with options that an attacker would add. */
function attackByRsync(target: Target): string[] {
  const { dynamic, outside } = target;
  const source = join(target.sshd.dir, "..", "hostile");
  mkdirSync(join(source, "out"), { recursive: true });
  writeFileSync(join(source, `${MARK}.yml`), "evil", { mode: 0o4777 });
  writeFileSync(join(source, "out", MARK), "evil");
  symlinkSync(outside, join(source, "newlink"));
  symlinkSync(join(outside, "secret"), join(source, "secretlink.yml"));
  execFileSync("mkfifo", [join(source, "pipe")]);
  const module = "127.0.0.1::dynamic/";
  const push = (...more: string[]) => target.rsync("-rtp", ...more, `${source}/`, module);
  const secluded = asking(target, `rsync --server -sltpre.iLsfxCIvu . ${dynamic}/`);
  const plain = asking(target, `rsync --server -ltpre.iLsfxCIvu . ${dynamic}/`);
  return [
    ...["-l", "-K", "-D", "-s", "-R", "-H", "-X", "-A", "-b", "--inplace", "--delete"].map((o) =>
      push(o),
    ),
    ...["--delete-excluded", "--copy-unsafe-links", "--munge-links", "--super"].map((o) => push(o)),
    ...["--remove-source-files", "-M--fake-super", "--write-devices", "--trust-sender"].map((o) =>
      push(o),
    ),
    ...["--temp-dir", "--partial-dir", "--backup-dir", "--link-dest"].map((o) =>
      push(`${o}=${outside}`),
    ),
    ...["log-file", "config"].map((o) => push(`-M--${o}=${outside}/${MARK}`)),
    push(),
    // The attack that gave a root shell: the server takes its arguments from its input.
    target.rsync("-s", "-rltp", "-e", secluded, `${source}/`, `127.0.0.1:${outside}/`),
    target.rsync("-rltp", "-e", plain, `${source}/`, `127.0.0.1:${dynamic}/`),
    target.rsync("-rtp", `${source}/`, `127.0.0.1:${outside}/`),
    ...["../outside/", "out/", "up/"].map((place) =>
      target.rsync("-rtp", `${source}/`, `${module}${place}`),
    ),
    target.rsync("-rtpL", `${module}linked.yml`, `${source}/got`),
    target.rsync("-rtp", module, `${source}/got/`),
    target.rsync("127.0.0.1::"),
  ].map(({ output }) => output);
}

/** Names and kinds of files that the real rsync never sends. */
function attackByLies(target: Target): string[] {
  const kind = (mode: number) => Buffer.from(Uint32Array.of(mode).buffer);
  const absolute = `${target.outside}/${MARK}`;
  const names = [
    [`AAA${MARK}`, `../${MARK}`],
    [`AAAAAAAAAAA${MARK}`, `../outside/${MARK}`],
    ["A".repeat(absolute.length), absolute],
    [`outA${MARK}`, `out/${MARK}`],
    [`upA${MARK}`, `up/${MARK}`],
    [`AAAAA${MARK}`, `./../${MARK}`],
  ] as const;
  const kinds = [0o120777, 0o020666, 0o060666, 0o010666, 0o140666, 0o104755, 0o040777, 0o170000];
  const lies = [
    ...names.map(([name, lie]) => ({ name, from: Buffer.from(name), to: Buffer.from(lie) })),
    ...kinds.map((mode) => ({ name: `${MARK}-kind`, from: kind(0o100640), to: kind(mode) })),
  ];
  return lies.map(({ name, from, to }, index) => {
    const source = join(target.sshd.dir, "..", `lie-${index}`);
    mkdirSync(source);
    writeFileSync(join(source, name), "evil", { mode: 0o640 });
    const rsh = tampered(target, from, to);
    return target.rsync("-rtp", "-e", rsh, `${source}/`, "127.0.0.1::dynamic/").output;
  });
}

rootTest(
  "nothing that comes with the replication key reaches outside the copied directories",
  async () => {
    const target = await startTarget({ rsync: process.env.ATTACKED_RSYNC });
    const before = target.elsewhere();
    const said = [
      ...(await attackBySsh(target, [...commands(target), ...conversations(target)])),
      ...attackByRsync(target),
      ...attackByLies(target),
    ];
    expect(said.length).toBeGreaterThan(240);
    expect(target.elsewhere()).toEqual(before);
    expect(found(MARK, [join(target.sshd.dir, "..")])).toEqual([]);
    expect(said.filter((text) => text.includes(SECRET))).toEqual([]);
    // The attacks did arrive, and left neither a new link, nor a device, nor a set-user-ID bit.
    const copied = listing(target.dynamic);
    expect(copied.filter((line) => line.startsWith(`${MARK}.yml `))).toHaveLength(1);
    expect(copied.filter((line) => / (->|special|[2467]\d{3} )/.test(line))).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/link |link\.yml |kind |yml [2467]/)]),
    );
  },
  300_000,
);
