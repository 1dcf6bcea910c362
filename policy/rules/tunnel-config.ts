import type { Finding } from "../../model/finding";
import { cloudflaredFiles } from "../reading/cloudflared";
import { field, list, placeOf, text } from "../reading/resource";
import { configMap, secret, tunnelConfigs } from "../reading/types";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const oneOwnerName = "tunnel-one-owner";
const tlsName = "tunnel-tls-not-verified";

/** Whoever writes a tunnel's configuration writes all of it: the last one wins, and nobody is told. */
export const tunnelOneOwner: Rule = {
  name: oneOwnerName,
  description: "The configuration of a tunnel has one owner.",
  severity: "mandatory",
  docs: docsPage(oneOwnerName),
  types: tunnelConfigs,
  acrossSites: true,
  stack: (resources) => {
    const owners = new Map<string, ObservedResource>();
    return resources.flatMap((resource): Located[] => {
      const tunnel = text(resource.props, "tunnelId");
      if (tunnel === undefined) return [];
      const owner = owners.get(tunnel);
      if (owner === undefined) {
        owners.set(tunnel, resource);
        return [];
      }
      const finding: Finding = {
        rule: oneOwnerName,
        path: ["tunnelId"],
        message: `it writes the rules of tunnel ${tunnel}, as ${placeOf(owner)} does, and each update takes back what the other wrote`,
        fix: "put all rules of the tunnel into one of them",
        severity: "error",
      };
      return [{ finding, where: placeOf(resource), urn: resource.urn }];
    });
  },
};

/** Without verification whoever answers at the origin's address gets every request. */
export const tunnelTlsNotVerified: Rule = {
  name: tlsName,
  description: "A tunnel verifies the certificate of its origin.",
  severity: "mandatory",
  docs: docsPage(tlsName),
  types: [...tunnelConfigs, configMap, secret],
  resource: (resource) =>
    configsOf(resource)
      .filter(({ rule }) => unverified(rule))
      .map(({ rule, where }) => {
        const host = text(rule, "hostname");
        const finding: Finding = {
          rule: tlsName,
          path: [],
          message:
            "found noTlsVerify, with which any server at the origin's address is believed to be the origin",
          fix: "remove it, and set originServerName to a name in the origin's certificate (caPool for a CA of your own)",
          severity: "error",
        };
        const place = `${placeOf(resource)} ${where}${host === undefined ? "" : ` (${host})`}`;
        return { finding, where: place };
      }),
};

/** The defaults and the rules of a tunnel, wherever they are kept. */
function configsOf(resource: ObservedResource): { rule: unknown; where: string }[] {
  const configs = tunnelConfigs.some((type) => type === resource.type)
    ? [{ file: "config", config: field(resource.props, "config"), at: "config." }]
    : cloudflaredFiles(resource).map(({ file, config }) => ({ file, config, at: `${file} ` }));
  return configs.flatMap(({ file, config, at }) => [
    { rule: config, where: file },
    ...["ingresses", "ingressRules", "ingress"].flatMap((key) =>
      list(config, key).map((rule, index) => ({ rule, where: `${at}${key}[${index}]` })),
    ),
  ]);
}

/** Both spellings: of the provider's sixth version and of those before. */
function unverified(rule: unknown): boolean {
  return ["noTlsVerify", "noTLSVerify"].some((key) => field(rule, "originRequest", key) === true);
}
