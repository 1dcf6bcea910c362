import { judgeConf } from "../../model/keepalived/judge";
import { foreignSources } from "../reading/counterparts";
import { keepalivedInMaps } from "../reading/kubernetes/kubernetes-vips";
import { placeOf } from "../reading/resource";
import { carriers, configMap, containers, virtualMachines, vrrpComponents } from "../reading/types";
import { readKeepalived } from "../reading/vrrp-groups";
import { docsPage, type Rule } from "../rule";

const name = "keepalived-file";

/** A file that keepalived refuses, or reads otherwise than its author, protects nothing. */
export const keepalivedFile: Rule = {
  name,
  description:
    "What is brought to keepalived is a file that it starts with and follows as it is written.",
  severity: "mandatory",
  docs: docsPage(name),
  types: [...vrrpComponents, ...carriers, ...containers, ...virtualMachines, configMap],
  advises: true,
  resource: (resource) =>
    keepalivedInMaps([resource]).flatMap(({ file, reading }) =>
      judgeConf(reading, false).map((finding) => ({
        finding,
        where: `${placeOf(resource)} ${file}`,
      })),
    ),
  stack: (resources) => [
    ...foreignSources(resources),
    ...readKeepalived(resources).flatMap(({ file, host, reading }) =>
      (file.filled ? [] : judgeConf(reading, host?.kind === "ct")).map((finding) => ({
        finding,
        where: `keepalived.conf of ${host?.name ?? file.host ?? placeOf(file.resource)}`,
        urn: file.resource.urn,
      })),
    ),
  ],
};
