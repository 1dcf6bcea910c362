import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import { CONTEXT_KEY, NAMESPACE, strayKeys } from "./file/namespace";
import { type FileSite, sitesIn } from "./file/parse-file";
import type { Problem } from "./file/problem";
import { problemText, refusalText } from "./file/problem";
import { describeIssue, schemaProblems } from "./file/schema-problems";
import { filesIn, readSectionFiles } from "./file/section-files";
import { backendProblems, statedBackend } from "./file/state-backend";
import { ownContexts } from "./kubernetes-objects";
import { parseStack } from "./parse";
import { type ResolvedStack, resolveStack } from "./resolve";
import { allSecretProblems, type StackSecrets, secretsOf, withFallback } from "./secret-problems";
import { topSecretsSchema } from "./sections/secrets";
import { hasSites, parseSites } from "./sites/parse-sites";
import { SITES, type SitePlace } from "./sites/site-schema";
import { type StackConfig, stackSchema } from "./stack";

/** What the program runs on for one cluster: checked, resolved, secrets wrapped. */
export interface LoadedSite {
  /** Its name and its own platforms. @default the stack has one cluster, that of Pulumi's default providers */
  site?: SitePlace & { name: string; proxmoxToken: pulumi.Output<string> };
  stack: StackConfig;
  /** Kubeconfig contexts of the Kubernetes clusters that need a provider of their own, by cluster. */
  contexts: Record<string, string>;
  resolved: ResolvedStack;
  /** Private SSH key; undefined means that the SSH agent is used. */
  sshPrivateKey: pulumi.Output<string> | undefined;
  /** Password of each load balancer's statistics page, by name. */
  statsPasswords: Record<string, pulumi.Output<string>>;
  /** Client certificate with its key of each load balancer's check, by name. */
  apiClientCertificates: Record<string, pulumi.Output<string>>;
}

/** A value of the namespace as an object; the engine hands objects over as JSON text. */
function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The whole namespace, so that a misspelt section is an error and not an omission. */
function readNamespace(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(allConfig())
      .filter(([key]) => key.startsWith(NAMESPACE))
      .map(([key, value]) => [key.slice(NAMESPACE.length), decode(value)]),
  );
}

/**
 * Reads the stack's configuration from Pulumi and the files that it names; the only place that
 * reads the former.
 *
 * @param fallback secrets for a preview without credentials, used where the stack sets none
 * @param folder folder of the stack file, for the files that it names. @default the one that Pulumi runs the program in, the project's
 * @returns every site; one without a name where the stack has one cluster
 * @throws pulumi.RunError with every problem of all sites, before any resource is registered
 */
export function loadStack(fallback?: Partial<StackSecrets>, folder = process.cwd()): LoadedSite[] {
  const { secrets: rawSecrets = {}, ...own } = readNamespace();
  const files = readSectionFiles(own, filesIn(folder));
  const refuse = (problems: readonly Problem[]) => {
    const what = `Pulumi.${pulumi.getStack()}.yaml`;
    const placeOf = ({ path, outside }: Problem) => {
      const place = outside?.file === undefined ? files.placeOf(path) : outside;
      return place && `${place.file}:${place.line}:${place.column}`;
    };
    // The kind of error that the engine shows without a stack trace: the mistake is not in the code.
    return new pulumi.RunError(refusalText(what, problems, placeOf));
  };
  // Without those sections, whatever refers to them would be reported as well.
  if (files.problems.length > 0) throw refuse(files.problems);
  const data: Record<string, unknown> = { ...files.data, ...own };
  const parsed = hasSites(data)
    ? parseSites(data)
    : parseStack(data, stackSchema, allConfig()[CONTEXT_KEY]);
  const sites = sitesIn(parsed);
  const result = topSecretsSchema.safeParse(rawSecrets, {
    // The default words show what was found, which must not happen to a secret.
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? describeIssue(issue)
        : "not a text; set it again as a secret",
  });
  const secrets = result.success
    ? withFallback(result.data, fallback)
    : { statsPasswords: {}, sites: {} };
  const backend = fallback
    ? []
    : sites.flatMap(({ stack }) => backendProblems(stack, statedBackend(process.env, folder)));
  const problems: Problem[] = [
    ...backend,
    ...strayKeys(Object.keys(allConfig()), pulumi.getProject()).map(({ problem }) => problem),
    ...files.keyProblems,
    ...("warnings" in parsed ? parsed.warnings : parsed.problems),
    ...(result.success
      ? sites.length > 0
        ? allSecretProblems(sites, secrets)
        : []
      : schemaProblems(topSecretsSchema, rawSecrets, result.error).map((problem) => ({
          ...problem,
          path: ["secrets", ...problem.path],
        }))),
  ];
  if (sites.length === 0 || problems.some((problem) => problem.severity === "error")) {
    throw refuse(problems);
  }
  // A preview without credentials lists every warning itself, and the components log their own.
  const ofCluster = ({ path }: Problem) => (path[0] === SITES ? path[2] : path[0]) === "cluster";
  const warnings = fallback ? [] : problems.filter(ofCluster);
  for (const warning of warnings) void pulumi.log.warn(problemText(warning));
  return sites.map((site) => loaded(site, secrets));
}

function wrapped(secrets: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, pulumi.secret(value)]),
  );
}

function loaded(parsed: FileSite, secrets: StackSecrets): LoadedSite {
  const { name, stack, proxmox, kubernetesContext, routedTo = [] } = parsed;
  const own = secretsOf(secrets, name);
  return {
    ...(name !== undefined &&
      proxmox && {
        site: {
          name,
          proxmox,
          kubernetesContext,
          routedTo,
          proxmoxToken: pulumi.secret(own.proxmoxToken ?? ""),
        },
      }),
    stack,
    contexts: ownContexts(stack, kubernetesContext),
    resolved: resolveStack(stack),
    sshPrivateKey: own.sshPrivateKey === undefined ? undefined : pulumi.secret(own.sshPrivateKey),
    statsPasswords: wrapped(own.statsPasswords),
    apiClientCertificates: wrapped(own.apiClientCertificates ?? {}),
  };
}
