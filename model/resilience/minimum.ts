import type { Finding } from "../finding";
import { listed } from "../text";
import { sharedStorages } from "./failure-domains";
import { allFailures, eachFailure } from "./resilience";
import { isDown } from "./severity";
import type { ClusterModel, FailureReport } from "./types";

/** Services that one loss must not take down, by the kind of loss; names as people write them. */
export interface MinimumResilience {
  mustSurvive: readonly string[];
  mustSurviveStorage: readonly string[];
}

/** Stands for every service. */
export const EVERY_SERVICE = "all";

const kinds = [
  { key: "mustSurvive", what: "node" },
  { key: "mustSurviveStorage", what: "shared storage" },
] as const;

/** Services that a name means: one, or several where the section is needed to tell them apart. */
function meant(cluster: ClusterModel, name: string): string[] {
  const names = cluster.services.map((service) => service.name);
  if (name === EVERY_SERVICE || names.includes(name))
    return name === EVERY_SERVICE ? names : [name];
  return names.filter((one) => one.slice(one.indexOf(".") + 1) === name);
}

/**
 * Services that the stack demands to survive a loss, and that do not. It is judged by the same
 * failures as the report: what HA starts again elsewhere survives, what waits for its node does not.
 */
export function judgeMinimum(cluster: ClusterModel, minimum: MinimumResilience): Finding[] {
  return kinds.flatMap(({ key, what }) => {
    const demanded = minimum[key];
    if (demanded.length === 0) return [];
    const reports: readonly FailureReport[] =
      key === "mustSurvive"
        ? allFailures(cluster, 1)
        : eachFailure(cluster, sharedStorages(cluster));
    return demanded.flatMap((name, index): Finding[] => {
      const services = meant(cluster, name);
      const path = [key, index];
      if (services.length === 0 || (services.length > 1 && name !== EVERY_SERVICE)) {
        return [unclear(path, name, services, cluster)];
      }
      return services.flatMap((service) => {
        const lost = reports.flatMap(({ failed, services: outcomes }) => {
          const outcome = outcomes[service];
          return outcome && isDown(outcome)
            ? [{ failed: failed.join(" + "), reason: outcome.reason }]
            : [];
        });
        const [first] = lost;
        if (!first) return [];
        return [
          {
            rule: "minimum-resilience",
            path,
            message: `"${service}" does not survive the loss of ${listed(lost.map(({ failed }) => failed))} (${first.reason}), expected that no ${what} takes it down`,
            fix: "give it a second member on another node, or a disk that other nodes have and an HA group; or take it out of this list, which lowers what is demanded",
            severity: "error" as const,
          },
        ];
      });
    });
  });
}

function unclear(
  path: Finding["path"],
  name: string,
  services: readonly string[],
  cluster: ClusterModel,
): Finding {
  const known = services.length > 0 ? services : cluster.services.map((service) => service.name);
  return {
    rule: "minimum-resilience",
    path,
    message: `found "${name}", ${services.length > 0 ? "which several services are called" : "which is no service"}, expected ${known.length === 0 ? "none, as there are none" : `one of ${known.slice(0, 30).join(", ")}`}, or ${EVERY_SERVICE}`,
    fix: services.length > 0 ? "write the whole name" : "write one of them",
    severity: "error",
  };
}
