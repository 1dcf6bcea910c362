import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import { z } from "zod";
import { budgets, within } from "../../../clients/deadline";
import { runProgram } from "../../../clients/programs";
import { findEngine, noEngine } from "../../../clients/pulumi/engine";
import { engineReason } from "../../../clients/pulumi/engine-error";
import { isPassphrase } from "../../../clients/pulumi/passphrase";
import { projectRoot } from "../../../clients/pulumi/project";
import { exposedBy } from "../../../config/checks/exposed";
import { at } from "../../../config/file/raw";
import { readYaml } from "../../../config/file/yaml-document";
import type { StackConfig } from "../../../config/stack";
import { backendHost } from "../../../model/cutover/behind";
import { type CheckResult, resultsOf } from "../../../model/doctor/types";
import { foreign } from "../../../model/foreign-text";
import { behindStack, behindStackText } from "../../../model/state-backend/behind-stack";
import { errorText } from "../../../model/text";
import { readNamed } from "../../lib/files";
import type { ChosenStack } from "../../lib/stack-files";

const whoAmI = z.object({ url: z.string() });
const stacks = z.array(z.object({ name: z.string() }));

/** Asks the user's own Pulumi for its state backend, and whether that has the stack. */
export async function checkBackend(
  { stack }: ChosenStack,
  env: NodeJS.ProcessEnv,
  config?: StackConfig,
): Promise<CheckResult[]> {
  const backend = resultsOf("backend", "Pulumi");
  const own = resultsOf("stack", stack);
  const engine = findEngine();
  if (engine === undefined) {
    const [found = "", ...fix] = noEngine.split("; ");
    return [backend.problem(found, ...fix), own.notChecked("found no Pulumi CLI")];
  }
  const ask = async <T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await runProgram(join(engine.dir, "pulumi"), args, {
      cwd: projectRoot,
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      budget: within(budgets.backend, budgets.program.totalMs),
    });
    if (code !== 0) throw new Error(engineReason(stderr));
    return schema.parse(JSON.parse(stdout));
  };
  const json = ["--json", "--non-interactive"];
  try {
    const { url } = await ask(whoAmI, "whoami", ...json);
    const behind = config && behindStack(url, exposedBy(config), await addressesOf(url));
    const found = behind
      ? backend.problem(...split(behindStackText(behind)))
      : backend.ok(`Pulumi ${engine.version}, state at ${withoutPassword(url)}`);
    const names = (await ask(stacks, "stack", "ls", ...json)).map(({ name }) => name);
    if (names.some((name) => name === stack || name.endsWith(`/${stack}`))) {
      return [found, own.ok("is there")];
    }
    return [found, own.problem("the backend has no such stack", `pulumi stack init ${stack}`)];
  } catch (error) {
    return [
      backend.problem(
        foreign(errorText(error)),
        "set PULUMI_BACKEND_URL, or run `pulumi login` (`pulumi login file://~` keeps the state on this machine)",
      ),
      own.notChecked("the state backend does not answer"),
    ];
  }
}

/** Addresses that the host of a backend has by this machine's DNS; none where it has no name. */
async function addressesOf(url: string): Promise<string[]> {
  const place = backendHost(url);
  if (place === undefined) return [];
  const resolver = new Resolver({ timeout: budgets.probe.connectMs, tries: 1 });
  const both = await Promise.allSettled([
    resolver.resolve4(place.host),
    resolver.resolve6(place.host),
  ]);
  return both.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

/** What was found, and what to do. */
function split(text: string): [string, string] {
  const [found = "", ...fix] = text.split("; ");
  return [found, fix.join("; ")];
}

/** A URL of a state backend may carry one, e.g. that of a database. */
const withoutPassword = (url: string) => foreign(url.replace(/\/\/[^/@]*@/, "//…@"));

/** Tries the passphrase on what the stack file keeps for that; nothing is decrypted. */
export async function checkPassphrase(
  { text, stack }: ChosenStack,
  env: NodeJS.ProcessEnv,
): Promise<CheckResult[]> {
  const { ok, problem, notChecked } = resultsOf("passphrase", "PULUMI_CONFIG_PASSPHRASE");
  const root = readYaml(text).value;
  const provider = at(root, ["secretsprovider"]);
  if (provider !== undefined && provider !== "passphrase") {
    return [notChecked(`secrets are kept with ${foreign(String(provider).split(":")[0] ?? "")}`)];
  }
  const salt = at(root, ["encryptionsalt"]);
  if (typeof salt !== "string") {
    return [notChecked(`the stack file has no encryptionsalt yet: \`pulumi stack init ${stack}\``)];
  }
  const { PULUMI_CONFIG_PASSPHRASE: stated, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  const phrase = stated ?? (file === undefined ? undefined : readNamed(file).trim());
  if (phrase === undefined) {
    return [problem("not set", "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE")];
  }
  const right = await isPassphrase(salt, phrase);
  if (right === undefined) return [notChecked("encryptionsalt has a form that is not known here")];
  if (right) return [ok("is the one of the stack")];
  return [problem("is not the one of the stack", "set the passphrase with which it was made")];
}

/** Credentials of what is neither Proxmox nor a host: only whether they are set. */
export function checkCredentials(stack: StackConfig, env: NodeJS.ProcessEnv): CheckResult[] {
  const wanted = [
    { section: "tunnels", used: stack.tunnels, names: ["CLOUDFLARE_API_TOKEN"] },
    { section: "kubernetesIngress", used: stack.kubernetesIngress, names: ["KUBECONFIG"] },
  ];
  return wanted
    .filter(({ used }) => Object.keys(used).length > 0)
    .flatMap(({ section, names }) =>
      names.map((name) => {
        const { problem, notChecked } = resultsOf("credentials", name);
        if (env[name]) return notChecked("is set; what it allows is seen by `pulumi preview`");
        return problem(`not set, and homelab:${section} needs it`, `set ${name}`);
      }),
    );
}
