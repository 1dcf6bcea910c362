import { isSince, lostKeyword, SCRIPT_USER } from "../host";
import { microsecondsIn, signedIn, unsignedIn } from "../numbers";
import type { Conf, FileBlock, ProcessBlock, ScriptBlock } from "../state";
import type { Keyword, Statement } from "../stream";
import { commandOf } from "../text";
import { Current } from "./current";
import { withoutEffect, withValue } from "./values";

const longestSec = 4294;

/** `vrrp_script NAME { … }`. */
export function scriptKeyword(conf: Conf): Keyword {
  const current = new Current(conf, conf.scripts, "a script");
  const now = () => current.now;
  const number = (set: (script: ScriptBlock, value: number) => void): Keyword => ({
    run: (statement) => {
      const { value, taken, clean } = unsignedIn(statement.argument(), 1, 2 ** 31 - 1, true);
      if (!clean) statement.note(`has "${statement.argument()}", which is no good number`);
      statement.extra(2);
      set(now(), taken ? value : 1);
    },
  });
  return current.keyword(
    (statement) =>
      current.open({
        name: statement.argument(),
        command: [],
        weight: 0,
        reverse: false,
        intervalSec: 1,
        timeoutSec: 0,
        rise: 1,
        fall: 1,
        removed: false,
      }),
    new Map<string, Keyword>([
      [
        "script",
        {
          run: (statement) => {
            now().command = commandOf(statement.at.text);
            statement.extra(2);
          },
        },
      ],
      [
        "interval",
        {
          run: (one) =>
            seconds(one, conf, (sec) => {
              now().intervalSec = sec;
            }),
        },
      ],
      [
        "timeout",
        {
          run: (one) =>
            seconds(one, conf, (sec) => {
              now().timeoutSec = sec;
            }),
        },
      ],
      ["weight", { run: (statement) => scriptWeight(statement, now()) }],
      [
        "rise",
        number((script, value) => {
          script.rise = value;
        }),
      ],
      [
        "fall",
        number((script, value) => {
          script.fall = value;
        }),
      ],
      ["user", { run: (statement) => scriptUser(statement, conf, now()) }],
      ["init_fail", {}],
    ]),
    (script) => isScriptKept(script, conf),
  );
}

/** The weight counts even out of range, as it is written. */
function scriptWeight(statement: Statement, script: ScriptBlock): void {
  const { value, clean } = signedIn(statement.argument(), -253, 253);
  if (!clean) statement.note(`has the weight "${statement.argument()}", which is out of range`);
  script.weight = value;
  const [, , option] = statement.words;
  if (option === "reverse") script.reverse = true;
  else statement.extra(2);
}

function seconds(statement: Statement, conf: Conf, set: (seconds: number) => void): void {
  const text = statement.argument();
  statement.extra(2);
  const fractions = isSince("2.3", conf.host);
  const read = fractions
    ? microsecondsIn(text, 0, longestSec * 1e6)
    : unsignedIn(text, 0, longestSec, true);
  if (!read.taken) {
    statement.note(
      `has "${text}", which is no number of seconds up to ${longestSec} and is ignored`,
      "write a number of seconds",
    );
  } else if (!read.clean) statement.note(`has "${text}", which counts as ${read.value} s at most`);
  if (read.taken) set((fractions ? read.value / 1e6 : read.value) || 1);
}

function scriptUser(statement: Statement, conf: Conf, script: ScriptBlock): void {
  const user = statement.argument();
  script.removed = !(conf.host.hasUser ?? (() => true))(user, statement.words[2]);
  if (script.removed) statement.note(`names the user "${user}", whom the host does not have`);
  else script.user = user;
}

function isScriptKept(script: ScriptBlock, conf: Conf): boolean {
  const { scriptSecurity, scriptUser: user, scriptUserMissing } = conf.globals;
  const hasDefault =
    user !== undefined || !scriptSecurity || (conf.host.hasUser ?? (() => true))(SCRIPT_USER);
  const noUser = script.user === undefined && (scriptUserMissing || !hasDefault);
  return script.command.length > 0 && !script.removed && !noUser;
}

/** `vrrp_track_process NAME { … }`. */
export function processKeyword(conf: Conf): Keyword {
  const current = new Current(conf, conf.processes, "a process");
  const now = () => current.now;
  return current.keyword(
    (statement) => current.open({ name: statement.argument(), weight: 0, reverse: false }),
    new Map<string, Keyword>([
      [
        "process",
        {
          run: (statement) => {
            const name = statement.argument();
            now().process ??= name;
          },
        },
      ],
      ["weight", { run: (statement) => processWeight(statement, now()) }],
      ...withValue(["quorum", "quorum_max", "delay", "terminate_delay", "fork_delay"]),
      ...withoutEffect(["param_match", "full_command"]),
    ]),
    ({ process }) => process !== undefined,
  );
}

function processWeight(statement: Statement, process: ProcessBlock): void {
  const [, text, option] = statement.words;
  if (text === undefined || process.weight !== 0) return;
  const { value, taken, clean } = signedIn(text, -254, 254);
  if (!clean) statement.note(`has the weight "${text}", which is no number in the range`);
  if (!taken) return;
  if (option === "reverse") process.reverse = true;
  process.weight = value;
}

/** `track_file NAME { … }` outside instances. */
export function fileKeyword(conf: Conf): Keyword {
  let current: FileBlock | undefined;
  return {
    run: (statement) => {
      current = { name: statement.argument(), weight: 1, reverse: false };
    },
    block: new Map<string, Keyword>([
      [
        "file",
        {
          run: ({ words }) => {
            if (current && words[1] !== undefined) current.path ??= words[1];
          },
        },
      ],
      ["weight", { run: (statement) => current && fileWeight(statement, current) }],
      ["init_file", {}],
    ]),
    close: () => {
      if (current?.path !== undefined) conf.files.push(current);
      // Up to 2.2 one without a path waits for the next block, whose name replaces it.
      if (current?.path !== undefined || isSince("2.3", conf.host)) current = undefined;
    },
  };
}

function fileWeight(statement: Statement, file: FileBlock): void {
  const [, text, option] = statement.words;
  if (text === undefined || file.weight !== 1) return;
  const { value, taken, clean } = signedIn(text, -254, 254);
  if (!clean) statement.note(`has the weight "${text}", which is no number in the range`);
  file.weight = taken ? value : 1;
  if (option === "reverse") file.reverse = true;
}

/** `bfd_instance NAME { … }`, of which only the weight counts here. */
export function bfdKeyword(conf: Conf): Keyword {
  const plain = [
    "source_ip",
    "neighbor_ip",
    "neighbour_ip",
    "min_rx",
    "min_tx",
    "idle_tx",
    "multiplier",
    "passive",
    "ttl",
    "hoplimit",
    "max_hops",
    "vrrp",
    "checker",
  ];
  return {
    run: (statement) => {
      const name = statement.argument();
      if (conf.bfds.some((one) => one.name === name)) statement.skipBlock();
      else conf.bfds.push({ name, weight: 0, reverse: false });
    },
    block: new Map<string, Keyword>([
      ...withoutEffect(plain),
      [
        "weight",
        {
          run: (statement) => {
            const bfd = last(conf.bfds);
            const { value, taken } = signedIn(statement.argument(), -253, 253);
            if (taken) bfd.weight = value;
            if (statement.words[2] === "reverse") bfd.reverse = true;
          },
        },
      ],
    ]),
  };
}

function last<Block>(blocks: readonly Block[]): Block {
  const block = blocks.at(-1);
  if (block === undefined) throw lostKeyword("a block");
  return block;
}
