import { nodeProcedures } from "./nodes";
import { pairProcedures } from "./pairs";
import type { House, Procedure } from "./types";

/** Everything that may have to be done by hand in one house, with its own names and addresses. */
export function procedures(house: House): Procedure[] {
  return [
    ...nodeProcedures(house),
    ...pairProcedures(house),
    ...tunnelDown(house),
    stateLocked(house),
  ];
}

function tunnelDown({ tunnels, connectors = [], stack, user }: House): Procedure[] {
  if (tunnels.length === 0) return [];
  const inPods = tunnels.filter((name) => connectors.every(({ tunnel }) => tunnel !== name));
  const onHosts = connectors.flatMap(({ unit, metricsPort, hosts }) =>
    hosts.flatMap((address) => [
      `ssh ${user}@${address} systemctl status --no-pager ${unit}`,
      `ssh ${user}@${address} journalctl -u ${unit} -n 50 --no-pager`,
      `ssh ${user}@${address} curl -sS -m 3 http://127.0.0.1:${metricsPort}/ready`,
    ]),
  );
  const restarts = connectors.flatMap(({ unit, hosts }) =>
    hosts.map((address) => `ssh ${user}@${address} systemctl restart ${unit}`),
  );
  return [
    {
      id: "tunnel-down",
      title: "A tunnel is down",
      sign: `Names behind ${tunnels.join(", ")} do not answer from outside, while they do inside.`,
      steps: [
        {
          text: "See whether the connectors run, and what they say.",
          commands: [
            ...(inPods.length > 0
              ? ["kubectl get pods --all-namespaces --selector app.kubernetes.io/name=cloudflared"]
              : []),
            ...onHosts,
          ],
        },
        ...(restarts.length > 0
          ? [
              {
                text: "Start the connectors that do not run, or are not connected, again, one host after the other.",
                commands: restarts,
              },
            ]
          : []),
        {
          text: "See whether anybody changed the tunnel or its names by hand.",
          commands: [`pulumi preview --stack ${stack} --refresh`],
        },
      ],
    },
  ];
}

function stateLocked({ stack }: House): Procedure {
  return {
    id: "state-locked",
    title: "The state is locked, or an update was killed",
    sign: "`pulumi up` says that the stack is currently locked, or that it has pending operations.",
    steps: [
      {
        text: "See that no update runs any more, on your machine and in CI; then take the lock away. This works for every backend, PostgreSQL too.",
        commands: [`pulumi cancel --stack ${stack}`],
      },
      {
        text: "See what would be done to put the state in order.",
        commands: [`homelab recover --stack ${stack} --dry-run`],
      },
      {
        text: "Put it in order, then see what the next `up` would do.",
        commands: [`homelab recover --stack ${stack}`, `homelab preview --stack ${stack}`],
      },
    ],
  };
}
