import type { z } from "zod";
import { judgePassword, judgeShared } from "../model/secrets-check";
import { hint } from "./file/nearest";
import type { FileSite } from "./file/parse-file";
import { fromFinding, type Problem } from "./file/problem";
import { clientCertificateMistake, clientFileMistake } from "./sections/kubernetes/distribution";
import { type secretsSchema, sharedSecrets, type topSecretsSchema } from "./sections/secrets";
import { SITES } from "./sites/site-schema";
import { inSiteText } from "./sites/site-text";
import type { StackConfig } from "./stack";

/** Secrets in plain text, inside this process only. */
export type PlainSecrets = z.output<typeof secretsSchema>;

/** The same of a whole stack, which may have several sites. */
export type StackSecrets = z.output<typeof topSecretsSchema>;

/** Checks the secrets of one cluster without ever showing one. */
function secretProblems(stack: StackConfig, secrets: PlainSecrets): Problem[] {
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

/** Secrets of one site: its own, and those that all share where it has none. */
export function secretsOf(secrets: StackSecrets, site: string | undefined) {
  const { sites, ...shared } = secrets;
  if (site === undefined) return { ...shared, proxmoxToken: undefined };
  const { sshPrivateKey = shared.sshPrivateKey, ...own } = sites[site] ?? { statsPasswords: {} };
  return { ...own, sshPrivateKey };
}

/** Checks the secrets of every site, and that none is for nothing. */
export function allSecretProblems(sites: readonly FileSite[], secrets: StackSecrets): Problem[] {
  const names = sites.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const several = names.length > 0;
  const place = ["secrets", SITES];
  const strangers = Object.keys(secrets.sites)
    .filter((name) => !names.includes(name))
    .map(
      (name): Problem => ({
        path: [...place, name],
        message: `there is no site "${name}"; ${several ? hint(name, names) : "set it directly under homelab:secrets"}`,
        severity: "error",
      }),
    );
  const homeless = Object.entries(secrets).filter(
    ([key]) => key !== SITES && !sharedSecrets.includes(key),
  );
  const shared = several
    ? homeless.flatMap(([key, values]) =>
        Object.keys(values ?? {}).map(
          (name): Problem => ({
            path: ["secrets", key, name],
            message: `belongs to no site, expected it at that of its load balancer; set it with: pulumi config set --secret --path 'homelab:secrets.sites.${names[0]}.${key}.${name}' VALUE`,
            severity: "error",
          }),
        ),
      )
    : [];
  const own = sites.flatMap(({ name, stack }): Problem[] => {
    const of = secretsOf(secrets, name);
    const problems = secretProblems(stack, of);
    if (name === undefined) return problems;
    const token: Problem[] =
      of.proxmoxToken === undefined
        ? [
            {
              path: [...place, name, "proxmoxToken"],
              message: `missing, expected the API token of this site's Proxmox; run: pulumi config set --secret --path 'homelab:secrets.sites.${name}.proxmoxToken' 'user@realm!name=uuid'`,
              severity: "error",
            },
          ]
        : [];
    const placed = problems.map((problem) => ({
      ...problem,
      path:
        problem.path[0] === "secrets"
          ? [...place, name, ...problem.path.slice(1)]
          : [SITES, name, ...problem.path],
      message: inSiteText(problem.message, name),
    }));
    return [...token, ...placed];
  });
  return [...strangers, ...shared, ...own];
}

/** Where the stack sets no secret, the one of a preview without credentials. */
export function withFallback(
  given: StackSecrets,
  fallback: Partial<StackSecrets> = {},
): StackSecrets {
  const names = Object.keys({ ...fallback.sites, ...given.sites });
  return {
    ...fallback,
    ...given,
    statsPasswords: { ...fallback.statsPasswords, ...given.statsPasswords },
    sites: Object.fromEntries(
      names.map((name) => {
        const [made, own] = [fallback.sites?.[name], given.sites[name]];
        const statsPasswords = { ...made?.statsPasswords, ...own?.statsPasswords };
        return [name, { ...made, ...own, statsPasswords }];
      }),
    ),
  };
}
