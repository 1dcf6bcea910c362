import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import type { z } from "zod";
import { judgePassword, judgeShared } from "../model/secrets-check";
import { NAMESPACE, strayKeys } from "./file/namespace";
import { hint } from "./file/nearest";
import type { Problem } from "./file/problem";
import { fromFinding, problemText, refusalText } from "./file/problem";
import { describeIssue, schemaProblems } from "./file/schema-problems";
import { filesIn, readSectionFiles } from "./file/section-files";
import { backendProblems, statedBackend } from "./file/state-backend";
import { parseStack } from "./parse";
import { type ResolvedStack, resolveStack } from "./resolve";
import { clientCertificateMistake, clientFileMistake } from "./sections/kubernetes/distribution";
import { secretsSchema } from "./sections/secrets";
import type { StackConfig } from "./stack";

/** Secrets in plain text, inside this process only. */
export type PlainSecrets = z.output<typeof secretsSchema>;

/** What the program runs on: checked, resolved, secrets wrapped. */
export interface LoadedStack {
  stack: StackConfig;
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

/** Checks the secrets without ever showing one. */
function secretProblems(stack: StackConfig | undefined, secrets: PlainSecrets): Problem[] {
  if (!stack) return [];
  const balancers = Object.keys(stack.apiLoadBalancers);
  const given = Object.entries(secrets.statsPasswords).map(([name, value]) => ({ name, value }));
  const path = (name: string) => ["secrets", "statsPasswords", name];
  return [
    ...clientCertificateProblems(stack, secrets),
    ...balancers
      .filter((name) => secrets.statsPasswords[name] === undefined)
      .map(
        (name): Problem => ({
          path: path(name),
          message: `missing: the statistics page of "${name}" has no default password; run: pulumi config set --secret --path 'homelab:secrets.statsPasswords.${name}' "$(openssl rand -hex 24)"`,
          severity: "error",
        }),
      ),
    ...given
      .filter(({ name }) => !balancers.includes(name))
      .map(
        ({ name }): Problem => ({
          path: path(name),
          message: `there is no API load balancer "${name}"; ${hint(name, balancers)}`,
          severity: "error",
        }),
      ),
    ...given.flatMap(({ name, value }) =>
      judgePassword(name, value).map((finding) =>
        fromFinding(path(name), { ...finding, path: [] }),
      ),
    ),
    ...judgeShared(given).map((finding) =>
      fromFinding(["secrets", "statsPasswords"], { ...finding, path: [] }),
    ),
  ];
}

function wrapped(secrets: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, pulumi.secret(value)]),
  );
}

/** Client certificates: whose they are, and that they are what they are called. */
function clientCertificateProblems(stack: StackConfig, secrets: PlainSecrets): Problem[] {
  return Object.entries(secrets.apiClientCertificates ?? {}).flatMap(([name, pem]): Problem[] => {
    const error = (path: string[], message: string): Problem[] => [
      { path, message, severity: "error" },
    ];
    const path = ["secrets", "apiClientCertificates", name];
    const balancer = stack.apiLoadBalancers[name];
    if (balancer === undefined) {
      const known = hint(name, Object.keys(stack.apiLoadBalancers));
      return error(path, `there is no API load balancer "${name}"; ${known}`);
    }
    const mistake = clientCertificateMistake(pem);
    if (mistake !== undefined) return error(path, mistake);
    const misplaced = clientFileMistake(balancer.apiCheck?.clientCertificateFile);
    const field = ["apiLoadBalancers", name, "apiCheck", "clientCertificateFile"];
    return misplaced === undefined ? [] : error(field, misplaced);
  });
}

/**
 * Reads the stack's configuration from Pulumi and the files that it names; the only place that
 * reads the former.
 *
 * @param fallback secrets for a preview without credentials, used where the stack sets none
 * @param folder folder of the stack file, for the files that it names. @default the one that Pulumi runs the program in, the project's
 * @throws pulumi.RunError with every problem, before any resource is registered
 */
export function loadStack(fallback?: Partial<PlainSecrets>, folder = process.cwd()): LoadedStack {
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
  const parsed = parseStack({ ...files.data, ...own });
  const result = secretsSchema.safeParse(rawSecrets, {
    // The default words show what was found, which must not happen to a secret.
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? describeIssue(issue)
        : "not a text; set it again as a secret",
  });
  const secrets: PlainSecrets = result.success
    ? {
        ...fallback,
        ...result.data,
        statsPasswords: { ...fallback?.statsPasswords, ...result.data.statsPasswords },
      }
    : { statsPasswords: {} };
  const backend =
    parsed.stack && !fallback
      ? backendProblems(parsed.stack, statedBackend(process.env, folder))
      : [];
  const problems: Problem[] = [
    ...backend,
    ...strayKeys(Object.keys(allConfig()), pulumi.getProject()).map(({ problem }) => problem),
    ...files.keyProblems,
    ...(parsed.stack ? parsed.warnings : parsed.problems),
    ...(result.success
      ? secretProblems(parsed.stack, secrets)
      : schemaProblems(secretsSchema, rawSecrets, result.error).map((problem) => ({
          ...problem,
          path: ["secrets", ...problem.path],
        }))),
  ];
  if (!parsed.stack || problems.some((problem) => problem.severity === "error")) {
    throw refuse(problems);
  }
  // A preview without credentials lists every warning itself, and the components log their own.
  const warnings = fallback ? [] : problems.filter(({ path }) => path[0] === "cluster");
  for (const warning of warnings) void pulumi.log.warn(problemText(warning));
  return {
    stack: parsed.stack,
    resolved: resolveStack(parsed.stack),
    sshPrivateKey:
      secrets.sshPrivateKey === undefined ? undefined : pulumi.secret(secrets.sshPrivateKey),
    statsPasswords: wrapped(secrets.statsPasswords),
    apiClientCertificates: wrapped(secrets.apiClientCertificates ?? {}),
  };
}
