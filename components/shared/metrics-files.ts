import type { Command } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import { addressOf } from "../../model/text";
import {
  ownQuestion,
  type Service,
  unitPath,
  unitsOf,
  watched,
} from "../../templates/host/member-health";
import {
  EXPORTER_PACKAGE,
  MEMBER_METRICS_SCRIPT,
  MEMBER_METRICS_UNIT,
  memberMetricsScript,
} from "../../templates/host/member-metrics";
import { exporterDropIn, memberMetricsUnit, verifyUnit } from "../../templates/host/systemd";
import { METRICS_DIRECTORY } from "../../templates/keepalived/scripts";
import { fileIn, type Scope } from "./member-scope";
import type { VrrpFacts, VrrpKind } from "./vrrp-member";

/** What a member's metrics tell beside the address and the health of its service. */
export interface MetricsOf {
  /** Name of the component. */
  name: string;
  facts: VrrpFacts;
  service: Service;
  /** Whether this member copies files to the others. @default no */
  copies?: boolean;
  /** Directory of its certificates. @default none */
  certificates?: string | undefined;
}

/** Packages that the metrics need; none where no monitoring is stated. */
export function metricsPackages({ monitoring }: VrrpFacts): string[] {
  return monitoring ? [EXPORTER_PACKAGE] : [];
}

/**
 * The writer of a member's metrics and Debian's exporter that serves them; nothing where no monitoring
 * is stated. No roll-out waits for them: a member without metrics serves as well.
 */
export function metricsFiles(
  scope: Scope<VrrpKind>,
  { name, facts, service, copies = false, certificates }: MetricsOf,
  after: readonly pulumi.Resource[],
): Command[] {
  const { monitoring } = facts;
  if (!monitoring) return [];
  const { member } = scope;
  const script = fileIn(
    scope,
    "metricsScript",
    {
      path: MEMBER_METRICS_SCRIPT,
      mode: "0755",
      content: memberMetricsScript({
        vip: addressOf(facts.vip),
        instance: name,
        units: unitsOf(service, watched(member, facts)),
        question: ownQuestion(service),
        copies,
        ...(certificates !== undefined && { certificates }),
        everySec: monitoring.scrapeIntervalSec,
      }),
      test: 'bash -n "$NEW"',
      // Before the first roll-out there is no unit yet, and its absence is no failure.
      reload: `! systemctl -q cat ${MEMBER_METRICS_UNIT} >/dev/null 2>&1 || systemctl try-restart ${MEMBER_METRICS_UNIT}`,
    },
    after,
  );
  const unit = fileIn(
    scope,
    "metricsUnit",
    {
      path: unitPath(MEMBER_METRICS_UNIT),
      content: memberMetricsUnit(MEMBER_METRICS_SCRIPT),
      test: verifyUnit(MEMBER_METRICS_UNIT),
      reload: `systemctl daemon-reload && systemctl enable --quiet ${MEMBER_METRICS_UNIT} && systemctl restart ${MEMBER_METRICS_UNIT}`,
    },
    [script.command],
  );
  const exporter = fileIn(
    scope,
    "exporterDropIn",
    {
      path: `${unitPath(EXPORTER_PACKAGE)}.service.d/homelab.conf`,
      content: exporterDropIn(member.address, monitoring.exporterPort, METRICS_DIRECTORY),
      reload: `systemctl daemon-reload && systemctl enable --quiet ${EXPORTER_PACKAGE} && systemctl restart ${EXPORTER_PACKAGE}`,
    },
    after,
  );
  return [script.command, unit.command, exporter.command];
}
