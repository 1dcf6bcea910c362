import { stringify } from "yaml";
import type { MonitoringFacts } from "../../model/monitoring/types";

/** Alerts that follow from another one of the same place, or of the same member. */
const FOLLOWS: readonly { from: string; what: readonly string[]; equal: readonly string[] }[] = [
  {
    from: "AddressWithoutHolder",
    what: ["AddressUnreachable", "RouteDown", "RedundancyLost", "MemberUnhealthy"],
    equal: ["stack", "place"],
  },
  { from: "AddressUnreachable", what: ["RouteDown"], equal: ["stack", "place"] },
  {
    from: "MemberDown",
    what: ["MemberUnhealthy", "MemberMetricsOld"],
    equal: ["stack", "place", "member"],
  },
  { from: "QuorumLost", what: ["QuorumMarginGone"], equal: ["stack"] },
  { from: "StatusOld", what: ["ClusterNotRead"], equal: ["stack"] },
];

/** `alertmanager.yml`: one message for a place, and none for what follows from another alert. */
export function alertmanagerConfig({ webhook }: MonitoringFacts): string {
  return stringify(
    {
      route: {
        receiver: "homelab",
        group_by: ["stack", "place"],
        group_wait: "10s",
        group_interval: "5m",
        repeat_interval: "12h",
        routes: [{ matchers: ['severity="critical"'], receiver: "homelab", repeat_interval: "1h" }],
      },
      inhibit_rules: FOLLOWS.map(({ from, what, equal }) => ({
        source_matchers: [`alertname="${from}"`],
        target_matchers: [`alertname=~"${what.join("|")}"`],
        equal,
      })),
      receivers: [
        {
          name: "homelab",
          ...(webhook !== undefined && {
            webhook_configs: [{ url: webhook, send_resolved: true }],
          }),
        },
      ],
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  );
}

/** Shell script that silences one place, or all, for a drill; amtool comes with Debian's Alertmanager. */
export function silenceScript({ stack, alertmanager }: MonitoringFacts): string {
  return `#!/bin/sh
# Silences the alerts of one place for a drill, and takes the silence back.
#   silence.sh traefikPairs.traefik 30m    prints the id of the silence
#   silence.sh all 1h
#   silence.sh end ID
set -eu
url=\${ALERTMANAGER_URL:-http://${alertmanager}}
case \${1-} in
  end) exec amtool --alertmanager.url="$url" silence expire "\${2:?the id that the silence printed}" ;;
  all) set -- "\${2:-30m}" ;;
  "" | -*) sed -n '2,5s/^# *//p' "$0" >&2; exit 2 ;;
  *) set -- "\${2:-30m}" "place=$1" ;;
esac
duration=$1
shift
exec amtool --alertmanager.url="$url" silence add --author=drill --comment='planned drill' --duration="$duration" 'stack=${stack}' "$@"
`;
}
