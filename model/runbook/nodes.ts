import { listed } from "../text";
import { addressOf, other, plannedReboot, replaceNode } from "./node-work";
import { on, statusOf } from "./pairs";
import type { House, NodeLoss, Procedure, ProcedureStep } from "./types";

/** What happens to nodes, and what people do with them. */
export function nodeProcedures(house: House): Procedure[] {
  return [
    ...house.losses.map((loss) => nodeLost(house, loss)),
    quorumLost(house),
    ...staleReplica(house),
    ...haError(house),
    uncleanStop(house),
    ...house.nodes.map((node) => plannedReboot(house, node)),
    ...house.nodes.map((node) => replaceNode(house, node)),
    coldStart(house),
  ];
}

function nodeLost(house: House, { node, quorum, moves, down }: NodeLoss): Procedure {
  if (house.nodes.length === 1) return onlyNodeLost(house, node);
  const { address, name } = other(house, node);
  const expected: ProcedureStep[] = [
    ...(moves.length > 0
      ? [
          {
            text: `Wait: HA fences ${node} and then starts ${listed(moves.map((one) => `${one.name} on ${one.to}`))}. That takes 2 to 4 minutes; do not start them by hand meanwhile.`,
          },
        ]
      : []),
    ...(down.length > 0
      ? [
          {
            text: `Off until ${node} is back or somebody acts: ${listed(down.map((one) => `${one.name} (${one.reason})`))}.`,
          },
        ]
      : []),
  ];
  return {
    id: `node-lost-${node}`,
    title: `Node ${node} is lost`,
    sign: `${node} (${addressOf(house, node)}) does not answer, and the others say that it is offline.`,
    steps: [
      {
        text: quorum
          ? `On ${name}: see that the others have a majority, and what HA does.`
          : `Without ${node} the others have no majority: first do what "The cluster has no majority" says.`,
        commands: [on(house, address, "pvecm status"), on(house, address, "ha-manager status")],
      },
      ...expected,
      {
        text: "When everything runs: see what is degraded now, and where guests run that the state of the stack has elsewhere.",
        commands: [statusOf(house), `homelab sync-state --stack ${house.stack} --dry-run`],
      },
      {
        text: `Take that into the state. Do not run \`pulumi up\` before: it would plan to bring guests back to ${node}.`,
        commands: [`homelab sync-state --stack ${house.stack}`],
      },
    ],
  };
}

function onlyNodeLost(house: House, node: string): Procedure {
  return {
    id: `node-lost-${node}`,
    title: `Node ${node} is lost`,
    sign: `${node} (${addressOf(house, node)}) does not answer. It is the only node: everything is off.`,
    steps: [
      { text: "Look at its console, its power and its network; nothing can start elsewhere." },
      {
        text: "When it is back: see what did not come up.",
        commands: [on(house, addressOf(house, node), "pvecm status"), statusOf(house)],
      },
    ],
  };
}

function quorumLost(house: House): Procedure {
  const nodes = house.nodes;
  return {
    id: "quorum-lost",
    title: "The cluster has no majority",
    sign: 'Nothing can be started or changed ("cluster not ready - no quorum?"), and nodes with guests under HA reset themselves.',
    steps: [
      {
        text: "Ask every node which others it sees: a cut network and dead nodes look alike from one side.",
        commands: nodes.map(({ address }) => on(house, address, "pvecm status")),
      },
      { text: "Bring nodes or the corosync network back; everything else follows by itself." },
      {
        text: "Only as a last resort, only on one node, and only while it is certain that the others are off and stay off: make it a majority of its own. Two halves that both do this destroy data.",
        commands: nodes.slice(0, 1).map(({ address }) => on(house, address, "pvecm expected 1")),
      },
    ],
  };
}

function staleReplica(house: House): Procedure[] {
  const replicated = house.guests.filter(({ replicas }) => replicas.length > 0);
  if (replicated.length === 0) return [];
  return [
    {
      id: "stale-replica",
      title: "A guest came up from an old copy",
      sign: `After a failover ${listed(
        replicated.map(({ name }) => name),
        6,
      )} may run with the data of the last replication; what was written after it is on the old node's disk.`,
      steps: [
        {
          text: "See when each guest was copied last, and where it runs.",
          commands: house.nodes.map(({ address }) => on(house, address, "pvesr status")),
        },
        {
          text: "When the lost minutes matter: stop the guest before its old node is back, for the first replication in the other direction overwrites the old disk.",
        },
        {
          text: "Otherwise let replication turn round by itself, and take the new place into the state before the next `up`.",
          commands: [`homelab sync-state --stack ${house.stack}`],
        },
      ],
    },
  ];
}

function haError(house: House): Procedure[] {
  const guests = house.guests.filter(({ ha }) => ha);
  if (guests.length === 0) return [];
  const { address } = other(house, "");
  return [
    {
      id: "ha-error",
      title: "HA gave a guest up",
      sign: `\`ha-manager status\` shows a guest in the state error, e.g. ${guests[0]?.name}; HA leaves it alone from then on.`,
      steps: [
        {
          text: "See which guest it is, and what its last tasks say.",
          commands: [
            on(house, address, "ha-manager status"),
            on(house, address, "journalctl -u pve-ha-lrm -n 100"),
          ],
        },
        {
          text: "Mend the reason: a full storage, a disk that only another node has, a start that takes too long.",
        },
        {
          text: "Then, and not before, set its requested state to disabled and to started again, under Datacenter, HA, or with `ha-manager set SID --state disabled` and `ha-manager set SID --state started`, where SID is its name in the list above, e.g. ct:101: nothing else takes it out of the state error.",
          commands: [statusOf(house)],
        },
      ],
    },
  ];
}

function uncleanStop(house: House): Procedure {
  return {
    id: "unclean-stop",
    title: "A node went down uncleanly",
    sign: "It came back by itself, or after its power was cut.",
    steps: [
      {
        text: "Find out why, before it happens again: the last lines before the stop, memory errors, the watchdog.",
        commands: house.nodes.map(({ address }) => on(house, address, "journalctl -b -1 -n 200")),
      },
      {
        text: "The audit reads the same on all nodes and says what it means.",
        commands: [`homelab audit --stack ${house.stack} --identity ~/.ssh/id_ed25519`],
      },
      ...(house.zfs.length > 0
        ? [
            {
              text: `ZFS (${house.zfs.join(", ")}) repairs itself; see whether it found errors.`,
              commands: house.nodes.map(({ address }) => on(house, address, "zpool status -x")),
            },
          ]
        : []),
      {
        text: "A container on LVM or Ceph that does not start may need its file system checked: stop it, take a backup of what can be read, then run `pct fsck VMID` on its node. A VM repairs its own at the start, or asks on its console.",
      },
    ],
  };
}

function coldStart(house: House): Procedure {
  return {
    id: "cold-start",
    title: "Everything is off",
    sign: "After a power cut of the whole house.",
    steps: [
      {
        text: `Switch on all nodes: ${listed(house.nodes.map(({ name }) => name))}. Nothing starts before they have a majority.`,
        commands: house.nodes.map(({ address }) => on(house, address, "pvecm status")),
      },
      ...house.startOrder.map((names, index) => ({
        text: `${index === 0 ? "First" : "Then"}: ${listed(names)}.`,
      })),
      {
        text: "See what did not come up, and what the model expects.",
        commands: [`homelab simulate --stack ${house.stack} --fail cold-start`, statusOf(house)],
      },
    ],
  };
}
