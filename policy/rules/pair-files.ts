import type { Finding } from "../../model/finding";
import { judgeLsyncd } from "../../model/lsyncd/judge";
import { listed } from "../../model/text";
import { type PairHost, pairHosts } from "../reading/files/pair-files";
import { carriers, containers, virtualMachines, vrrpComponents } from "../reading/types";
import { docsPage, type Located, type Rule } from "../rule";

const types = [...vrrpComponents, ...carriers, ...containers, ...virtualMachines];
const traefikName = "traefik-pair-file";
const lsyncdName = "lsyncd-file";

/** Two members that get certificates by themselves, or a check that cannot pass, cost the takeover. */
export const traefikPairFile: Rule = {
  name: traefikName,
  description:
    "One member of a Traefik pair asks for certificates, and each answers its health check.",
  severity: "mandatory",
  docs: docsPage(traefikName),
  types,
  advises: true,
  stack: (resources) => {
    const hosts = pairHosts(resources);
    return [
      ...asking(hosts),
      ...hosts.flatMap(unanswered),
      ...hosts.flatMap(copied),
      ...hosts.flatMap(unheard),
    ];
  },
};

/** A copy that empties the other member is worse than none. */
export const lsyncdRule: Rule = {
  name: lsyncdName,
  description: "A copy by lsyncd empties no target, and outlives a target that is away.",
  severity: "mandatory",
  docs: docsPage(lsyncdName),
  types,
  advises: true,
  stack: (resources) =>
    pairHosts(resources).flatMap((host) =>
      host.lsyncd.flatMap(({ file, content }) =>
        judgeLsyncd(content, guardedByUnit(host), host.group !== undefined).map(
          (finding): Located => ({
            finding,
            where: `lsyncd of ${host.name}`,
            urn: file.resource.urn,
          }),
        ),
      ),
    ),
};

/** Members of one virtual address that each ask for certificates. */
function asking(hosts: PairHost[]): Located[] {
  const having = hosts.flatMap((host) => {
    const found = host.traefik.find(({ content }) => content.acme.length > 0);
    return found && host.group !== undefined ? [{ ...found, host }] : [];
  });
  const groups = new Map<number, typeof having>();
  for (const each of having) {
    const group = each.host.group ?? -1;
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  return [...groups.values()].flatMap((unsorted): Located[] => {
    const members = unsorted.toSorted((a, b) => (a.host.name < b.host.name ? -1 : 1));
    const [, second] = members;
    if (second === undefined) return [];
    const names = listed(members.map(({ host }) => `"${host.name}"`));
    const challenged = members.some(({ content }) =>
      content.acme.some(({ challenge }) => challenge !== "dns"),
    );
    return [
      located(
        second,
        challenged
          ? `${names} each ask for certificates over ACME, and the challenge reaches only the one that has the virtual address, so the other has none or an old one when it takes over`
          : `${names} each ask for the same certificates over ACME, which counts twice against the limits of the certificate authority`,
        "let one program get the certificates and bring them to every member as files",
        challenged ? "error" : "warning",
      ),
    ];
  });
}

const asksForPing = /\b(?:curl|wget|httpie?|nc)\b[^\n]*?(?::(\d+))?\/ping\b/;

/** A check that asks Traefik for what it does not answer. */
function unanswered({ group, files, traefik, name }: PairHost): Located[] {
  const [statics] = traefik;
  if (group === undefined || statics === undefined || traefik.some(({ content }) => content.ping))
    return [];
  // A route of one's own may answer as well.
  if (files.some(({ text }) => /Path(Prefix)?\(`\/ping/.test(text))) return [];
  const asked = files
    .map(({ text }) => asksForPing.exec(text))
    .some((match) => match !== null && statics.content.ports.includes(Number(match[1] ?? 80)));
  if (!asked) return [];
  return [
    located(
      { ...statics, host: { name } },
      "the health check asks Traefik for /ping, and its static configuration has no ping, so the check fails for ever",
      "write `ping: {}`, with `entryPoint` for the port that the check asks",
      "error",
    ),
  ];
}

/** `acme.json` is read once and rewritten from memory: a copy is never seen, then overwritten. */
function copied(host: PairHost): Located[] {
  return host.traefik.flatMap((traefik) =>
    traefik.content.acme.flatMap(({ storage }) => {
      const file = storage.slice(storage.lastIndexOf("/") + 1);
      const tree = host.lsyncd
        .flatMap(({ content }) => content.syncs)
        .find(
          ({ source, excludes }) =>
            source !== undefined &&
            storage.startsWith(`${source.replace(/\/+$/, "")}/`) &&
            !excludes(file),
        );
      if (tree === undefined) return [];
      return [
        located(
          { ...traefik, host },
          `lsyncd copies "${storage}" to the other members, whose Traefik reads it at its start only and writes over it`,
          `exclude "${file}", and bring the certificates to every member as files`,
          "warning",
        ),
      ];
    }),
  );
}

/** Traefik takes its configuration from one place, and a file goes first. */
function unheard({ name, lostFlags }: PairHost): Located[] {
  return lostFlags.map((file) =>
    located(
      { file, host: { name } },
      "its unit starts it with flags or variables beside a file in /etc/traefik, so it follows the file alone",
      "write everything into the file, or remove it",
      "warning",
    ),
  );
}

/** A unit that keeps lsyncd from starting without its source. */
function guardedByUnit({ files }: PairHost): boolean {
  return files.some(
    ({ path = "", text }) =>
      path.includes("lsyncd") &&
      /^\s*(ExecStartPre|ExecCondition|ConditionPath\w+|ConditionDirectoryNotEmpty|AssertPath\w+|RequiresMountsFor)=/m.test(
        text,
      ),
  );
}

function located(
  { file, host }: { file: { resource: { urn: string } }; host: { name: string } },
  message: string,
  fix: string,
  severity: Finding["severity"],
): Located {
  return {
    finding: { rule: traefikName, path: [], message, fix, severity },
    where: `Traefik of ${host.name}`,
    urn: file.resource.urn,
  };
}
