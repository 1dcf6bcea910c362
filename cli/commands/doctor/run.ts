import { loggedInHosts, parsedWithoutKeys } from "../../../config/logged-in-hosts";
import { siteSchema } from "../../../config/sites/site-schema";
import { stackSchema } from "../../../config/stack";
import type { Purpose } from "../../../model/doctor/privileges";
import { type CheckResult, resultsOf } from "../../../model/doctor/types";
import { counted, errorText } from "../../../model/text";
import { chooseStack, parseChosen } from "../../lib/stack-files";
import { acceptKeys } from "./accept";
import { checkBackend, checkCredentials, checkPassphrase } from "./backend";
import { checkCluster } from "./cluster";
import { checkHosts, type ShownHost } from "./hosts";
import { checkApiServers } from "./kubernetes";

/** What the options of `homelab doctor` say. */
export interface DoctorFlags {
  stack?: string;
  file?: string;
  site?: string;
  /** File with the private SSH key. @default the stack's secret, else the keys of the SSH agent */
  identity?: string;
  for: Purpose;
  /** Hosts whose keys are written even over another one; `true` for only those without. @default none */
  accept?: true | string[];
}

interface DoctorOptions extends DoctorFlags {
  env: NodeJS.ProcessEnv;
  progress(line: string): void;
}

/** What was found; `--json` prints exactly this. */
export interface DoctorReport {
  stack: string;
  file: string;
  /** Whether no check found a problem. */
  ok: boolean;
  checks: CheckResult[];
  /** Host keys that were shown, for comparison. */
  hostKeys: ShownHost[];
  /** Hosts whose keys were written into the stack file. */
  accepted: string[];
}

/**
 * Checks what an `up` needs, everything at the same time and each with a deadline. Nothing outside
 * is changed; the stack file only with `--accept`.
 */
export async function doctor(options: DoctorOptions): Promise<DoctorReport> {
  const { env, progress } = options;
  const chosen = chooseStack(options);
  const { file, parsed: strict } = parseChosen(chosen);
  const parsed = strict.stack
    ? strict
    : parsedWithoutKeys(file.data, chosen.site === undefined ? stackSchema : siteSchema);
  const others = [checkBackend(chosen, env, parsed.stack), checkPassphrase(chosen, env)];
  const { ok, problem } = resultsOf("stack file", chosen.file);
  if (!parsed.stack || file.problems.length > 0 || file.keyProblems.some(isError)) {
    const mistakes = strict.stack ? file.keyProblems.length : strict.problems.length;
    const found = `${counted(Math.max(1, mistakes), "mistake")}, so nothing of it was checked`;
    const checks = [
      problem(found, `homelab validate --file ${chosen.file}`),
      ...(await Promise.all(others.map((one) => guarded("state", one)))).flat(),
    ];
    return { ...headOf(chosen), ok: false, checks, hostKeys: [], accepted: [] };
  }
  const { stack } = parsed;
  const keyPath = file.secretAt(["sshPrivateKey"]);
  const hosts = loggedInHosts(stack);
  progress(`checking ${counted(hosts.length, "host")}, the Proxmox API and the state backend`);
  const reached = checkHosts(hosts, {
    ...stack.cluster.ssh,
    ...(options.identity !== undefined && { identity: options.identity }),
    secretKeyOf: keyPath && { stack: chosen.stack, path: keyPath },
    env,
  });
  const [cluster, hostResults, apiServers, ...rest] = await Promise.all([
    guarded("Proxmox API", checkCluster(stack, options.for, env, file.endpoint)),
    reached,
    guarded("API server", checkApiServers(stack)),
    ...others.map((one) => guarded("state", one)),
  ]);
  const accepted =
    options.accept === undefined ? [] : acceptKeys(chosen, file, hostResults.shown, options.accept);
  const checks = [
    ok(strict.stack ? "no mistakes" : "no mistakes but missing host keys"),
    ...cluster,
    ...hostResults.checks.filter(({ check, subject }) => !pinnedNow(check, subject, accepted)),
    ...accepted.map((name) => resultsOf("host key", name).ok("was written into the stack file")),
    ...apiServers,
    ...rest.flat(),
    ...checkCredentials(stack, env),
  ];
  return {
    ...headOf(chosen),
    ok: checks.every(({ verdict }) => verdict !== "problem"),
    checks,
    hostKeys: hostResults.shown,
    accepted,
  };
}

const isError = ({ severity }: { severity: string }) => severity === "error";

const headOf = ({ stack, file }: { stack: string; file: string }) => ({ stack, file });

const pinnedNow = (check: string, subject: string, accepted: readonly string[]) =>
  check === "host key" && accepted.includes(subject);

/** A check that fails in a way that nobody thought of must not hide the others. */
async function guarded(check: string, results: Promise<CheckResult[]>): Promise<CheckResult[]> {
  try {
    return await results;
  } catch (error) {
    return [resultsOf(check, "").notChecked(errorText(error))];
  }
}
