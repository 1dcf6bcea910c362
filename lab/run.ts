import { Command, InvalidArgumentError, Option } from "commander";
import { errorText } from "../model/text";
import type { VrrpProfile } from "../model/vrrp/vrrp";
import { PEER_CHOICE, PEER_SCENARIOS, runPeer } from "./ansible-peer/peer";
import { runApi } from "./api/api";
import { runDns } from "./dns/dns";
import { runEndurance } from "./endurance/run";
import { clean } from "./machine/clean";
import { bridgeWarning, ensurePrograms, machineProblems } from "./machine/requirements";
import { runAlerts } from "./monitoring/alerts";
import { ALERT_SCENARIOS } from "./monitoring/scenarios";
import { runDrill } from "./pair/drill";
import { type LabOptions, runLab } from "./pair/lab";
import { runThirdMember } from "./pair/third-member";
import { SCENARIOS } from "./scenarios/all";
import { API_SCENARIOS } from "./scenarios/api";
import type { LabProfile } from "./scenarios/stage";
import { CONDITIONS } from "./soak/conditions";
import { runSoak } from "./soak/run";

const names = SCENARIOS.map(({ name }) => name);
const apiNames = API_SCENARIOS.map(({ name }) => name);
const conditionNames = CONDITIONS.map(({ name }) => name);
const alertNames = ALERT_SCENARIOS.map(({ name }) => name);
const OWN_PROFILES: readonly VrrpProfile[] = ["fast", "compatible"];
const PROFILES: readonly LabProfile[] = [...OWN_PROFILES, "baseline"];

const chosenOf = (known: readonly string[]) => (value: string) => {
  const wanted = value.split(",");
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted;
  throw new InvalidArgumentError(`found "${unknown}", expected some of ${known.join(", ")}`);
};

function count(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError(`found "${value}", expected a whole number from 1`);
}

function share(value: string): number {
  const number = Number(value);
  if (number > 0 && number <= 1) return number;
  throw new InvalidArgumentError(`found "${value}", expected a number above 0, at most 1`);
}

function positive(value: string): number {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError(`found "${value}", expected a number above 0`);
}

/** What a run is repeated with, where none is stated. */
const anySeed = () => 1 + Math.floor(Math.random() * 1e6);

const say = (line: string) => console.error(`${new Date().toTimeString().slice(0, 8)} ${line}`);

/** Runs what needs root and Linux, and takes everything down whatever happens. */
async function guarded(work: () => Promise<number>): Promise<void> {
  const problems = machineProblems(process.platform, process.getuid?.());
  if (problems.length > 0) {
    for (const problem of problems) console.error(problem);
    process.exit(2);
  }
  // A second signal while the first is being dealt with must not leave hosts behind.
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      say("stopping; removing hosts and network");
      void clean().finally(() => process.exit(130));
    });
  }
  try {
    process.exit(await work());
  } catch (error) {
    if (!stopping) console.error(errorText(error));
    process.exit(1);
  }
}

/** What a command does: everything that the lab needs is made ready first. */
const prepared =
  <Options>(run: (options: Options, say: (line: string) => void) => Promise<number>) =>
  (options: Options) =>
    guarded(async () => {
      await ensurePrograms(say);
      const warning = bridgeWarning();
      if (warning !== undefined) say(warning);
      return run(options, say);
    });

/** How the hosts of a rehearsal with one set of settings are set up. */
const profileOption = () =>
  new Option("--profile <name>", "how the pair is set up").choices(OWN_PROFILES).default("fast");

/** The same where several are measured in turn. */
const profilesOption = (profiles: readonly string[], usual: readonly string[]) =>
  new Option("--profile <names...>", "how the pair is set up; several are measured in turn")
    .choices(profiles)
    .default(usual);

type Asked<Profile> = Omit<LabOptions, "profile"> & { profile: readonly Profile[] };

/** What every rehearsal asks for: which scenarios, how often, with which settings. */
function rehearsal<Profile extends LabProfile>(
  command: Command,
  known: readonly string[],
  profiles: readonly Profile[],
  rehearse: (options: Asked<Profile>, say: (line: string) => void) => Promise<number>,
): void {
  command
    .option("--scenarios <names>", `some of ${known.join(", ")}`, chosenOf(known), known)
    .option("--runs <number>", "runs of each scenario", count, 1)
    .addOption(profilesOption(profiles, ["fast", "compatible"]))
    .option("--keep", "leave the hosts running; `lab clean` removes them", false)
    .option("--json <file>", "write all figures to a file")
    .action(prepared(rehearse));
}

/** The command line of the lab, without anything run yet; a test holds the documentation against it. */
export function labCommand(): Command {
  const program = new Command("lab").description(
    "Rehearses failover with real hosts and daemons on this machine",
  );

  rehearsal(
    program
      .command("run", { isDefault: true })
      .description("make the hosts, deploy the pair, run the scenarios, remove everything"),
    names,
    PROFILES,
    runLab,
  );

  program
    .command("peer")
    .description("build the same pair with an Ansible role set too, and measure both side by side")
    .option(
      "--scenarios <names>",
      `some of ${PEER_CHOICE.join(", ")}`,
      chosenOf(PEER_CHOICE),
      PEER_SCENARIOS,
    )
    .option("--runs <number>", "rounds, each on fresh hosts", count, 1)
    .addOption(profileOption())
    .option("--json <file>", "write all figures to a file")
    .action(prepared(runPeer));

  program
    .command("drill")
    .description(
      "rehearse `homelab drill`, also with hosts that die half-way, and procedures of the runbook",
    )
    .addOption(profileOption())
    .action(prepared(runDrill));

  program
    .command("endurance")
    .description("make many random faults in a row, look for left-overs after each, then `up`")
    .addOption(
      new Option("--of <hosts>", "who endures it").choices(["pair", "api"]).default("pair"),
    )
    .option("--faults <number>", "how many", count, 200)
    .option("--seed <number>", "which ones; the same number makes the same again", count)
    .addOption(
      new Option("--profile <name>", "how the hosts are set up")
        .choices(OWN_PROFILES)
        .default("fast"),
    )
    .action(
      prepared(({ seed = anySeed(), ...options }, tell) =>
        runEndurance({ ...options, seed }, tell),
      ),
    );

  program
    .command("soak")
    .description(
      "watch pairs of every profile side by side under load: false moves, and time without the address",
    )
    .option(
      "--conditions <names>",
      `some of ${conditionNames.join(", ")}`,
      chosenOf(conditionNames),
      conditionNames,
    )
    .addOption(
      new Option("--profile <names...>", "which pairs stand side by side")
        .choices(PROFILES)
        .default(PROFILES),
    )
    .option("--minutes <number>", "how long each condition lasts", positive, 30)
    .option("--seed <number>", "when the network is reloaded how, and the clock set", count)
    .option("--json <file>", "write all figures and events to a file")
    .action(
      prepared(({ seed = anySeed(), ...options }, tell) => runSoak({ ...options, seed }, tell)),
    );

  program
    .command("third-member")
    .description(
      "make three members of two and two of three again, under load, and let them die in turn",
    )
    .addOption(profileOption())
    .action(prepared(runThirdMember));

  rehearsal(
    program
      .command("api")
      .description(
        "rehearse the load balancers of a Kubernetes API with real API servers behind them",
      ),
    apiNames,
    OWN_PROFILES,
    runApi,
  );

  program
    .command("dns")
    .description(
      "two resolvers behind one address: look-ups of clients with the address, and with both in their list",
    )
    .addOption(profilesOption(OWN_PROFILES, ["compatible", "fast"]))
    .action(prepared(runDns));

  program
    .command("alerts")
    .description(
      "let a real Prometheus watch the pair: which alert fires in which scenario, and clears",
    )
    .option(
      "--scenarios <names>",
      `some of ${alertNames.join(", ")}`,
      chosenOf(alertNames),
      alertNames,
    )
    .option(
      "--patience <factor>",
      "factor of the times of alerts that are chosen, not computed",
      share,
      0.1,
    )
    .action(prepared(runAlerts));

  program
    .command("clean")
    .description("remove what a run left")
    .action(() =>
      guarded(async () => {
        const removed = await clean();
        console.log(removed.length === 0 ? "nothing to remove" : removed.join("\n"));
        return 0;
      }),
    );

  return program;
}

if (require.main === module) void labCommand().parseAsync();
