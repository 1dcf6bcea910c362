import { houseOf } from "../../cli/commands/runbook/house";
import { checkStack } from "../../cli/run/check";
import { procedures } from "../../model/runbook/runbook";
import { inHost, type LabHost } from "../machine/host";
import { run, until } from "../machine/shell";
import { roles, type Stage, steady } from "../scenarios/stage";
import { DYNAMIC_DIRECTORY } from "./pair";
import type { LabStack } from "./stack-file";

/** A procedure that is carried out word by word, after what it is for was brought about. */
interface Rehearsed {
  id: string;
  /** Brings the case about. */
  begin(stage: Stage): Promise<void>;
  /** What `homelab status` has to say first. @default nothing is expected */
  sign?: RegExp;
  /** Whether all is as it should be after the last command. */
  well(stage: Stage): Promise<void>;
}

const on = (host: LabHost, script: string) => inHost(host, script);

const both = async (stage: Stage, script: string) => {
  const { preferred, other } = roles(stage);
  await on(other, script);
  await on(preferred, script);
};

/** What can be brought about on two hosts; nodes, tunnels and the state are rehearsed elsewhere. */
export const REHEARSED: readonly Rehearsed[] = [
  {
    id: "address-missing",
    begin: (stage) => both(stage, "systemctl stop traefik"),
    sign: /no member has/,
    // It starts the preferred member only; the other one is the next procedure's.
    well: async (stage) => {
      await until("the address is back", 60, async () =>
        stage.served.problemOn(roles(stage).preferred).then((problem) => problem === undefined),
      );
      await on(roles(stage).other, "systemctl start traefik");
      await steady(stage, 120);
    },
  },
  {
    id: "two-masters",
    begin: async (stage) => {
      // Adverts are dropped on both sides, and nothing else.
      await both(
        stage,
        "nft add table inet lab; nft 'add chain inet lab in { type filter hook input priority 0 ; }'; nft add rule inet lab in ip protocol 112 drop",
      );
      await until("two holders", 30, async () => {
        const { stdout } = await on(roles(stage).other, "ip -o -4 address show dev host0");
        return stdout.includes(` inet ${stage.vip}/`);
      });
    },
    sign: /at the same time/,
    well: async (stage) => {
      await both(stage, "nft delete table inet lab");
      await steady(stage, 120);
    },
  },
  {
    id: "replication-stopped",
    begin: async (stage) => {
      await on(roles(stage).preferred, "systemctl stop lsyncd");
    },
    sign: /lsyncd.service is (inactive|failed)/,
    well: async (stage) => {
      const { preferred, other } = roles(stage);
      await on(preferred, `printf '# by hand\\n' >${DYNAMIC_DIRECTORY}/by-hand.yml`);
      const copied = async () =>
        (await on(other, `test -e ${DYNAMIC_DIRECTORY}/by-hand.yml`)).status === 0;
      await until("a new file is copied again", 60, copied);
      await on(preferred, `rm -f ${DYNAMIC_DIRECTORY}/by-hand.yml`);
      await steady(stage, 120);
    },
  },
  {
    id: "member-unhealthy",
    begin: async (stage) => {
      await on(roles(stage).other, "systemctl stop traefik");
    },
    sign: /no other member can take/,
    well: async (stage) => {
      await on(roles(stage).other, "systemctl start traefik");
      await steady(stage, 120);
    },
  },
];

/**
 * Carries procedures of the runbook out on the hosts of the lab: every command for a host, as written.
 *
 * @returns what did not hold
 */
export async function rehearseRunbook(
  stage: Stage,
  { file, identity }: LabStack,
  status: () => Promise<string[]>,
  say: (line: string) => void,
): Promise<string[]> {
  const { config } = checkStack({ file });
  if (!config) return [`${file} has mistakes`];
  const known = procedures(houseOf("lab", config));
  const missed: string[] = [];
  for (const { id, begin, sign, well } of REHEARSED) {
    const procedure = known.find((one) => one.id === id);
    if (!procedure) {
      missed.push(`${id}: the runbook has no such procedure`);
      continue;
    }
    await begin(stage);
    const said = (await status()).join("; ");
    if (sign && !sign.test(said)) missed.push(`${id}: status does not name it: ${said}`);
    for (const command of procedure.steps.flatMap(({ commands = [] }) => commands)) {
      if (!command.startsWith("ssh ")) continue;
      const [, target = "", ...words] = command.split(" ");
      const flags = [
        "-i",
        identity,
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "LogLevel=ERROR",
      ];
      const { status: code, stderr } = await run("ssh", [...flags, target, words.join(" ")]);
      // `systemctl status` of what is down has the code 3, which is its answer.
      const fine = code === 0 || (code === 3 && words.join(" ").startsWith("systemctl status"));
      say(
        `${id}: ${words.join(" ")} on ${target}: ${fine ? "done" : `code ${code} ${stderr.trim()}`}`,
      );
      if (!fine) missed.push(`${id}: ${command}: code ${code} ${stderr.trim()}`);
    }
    try {
      await well(stage);
      say(`${id}: all is well again`);
    } catch (error) {
      missed.push(`${id}: ${String(error)}`);
    }
  }
  return missed;
}
