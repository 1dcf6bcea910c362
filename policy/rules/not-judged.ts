import { listed } from "../../model/text";
import { statedStorages, storagesConfig } from "../reading/stated-storages";
import * as types from "../reading/types";
import { unjudged } from "../reading/unjudged";
import { docsPage, type Located, type Rule } from "../rule";

const name = "not-judged";

/** Silence must mean that something was looked at. */
export const notJudged: Rule = {
  name,
  description: "Whatever this pack could not look at is named.",
  severity: "advisory",
  docs: docsPage(name),
  types: [
    types.haGroupComponent,
    ...types.carriers,
    ...types.containers,
    ...types.virtualMachines,
    ...types.haResources,
    ...types.haRules,
    ...types.haGroups,
    ...types.replications,
    ...types.storages,
    ...types.snippets,
    ...types.tunnelConfigs,
    types.configMap,
    types.helmRelease,
    ...types.helmConfigs,
    ...types.dockerContainers,
    ...types.workloads,
  ],
  alsoSees: types.isUnknownType,
  config: storagesConfig,
  acrossSites: true,
  stack: (resources, config) =>
    unjudged(resources, statedStorages(config)).map(
      ({ what, fix, places }): Located => ({
        where: "this stack",
        finding: {
          rule: name,
          path: [],
          message: `not judged: ${what} (${places.length}): ${listed(places)}`,
          fix,
          severity: "error",
        },
      }),
    ),
};
