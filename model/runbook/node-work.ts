import { listed } from "../text";
import { on, statusOf, upOf } from "./pairs";
import type { House, HouseNode, Procedure, ProcedureStep } from "./types";

/** Address of a node. */
export const addressOf = (house: House, node: string) =>
  house.nodes.find(({ name }) => name === node)?.address ?? node;

/** A node other than one, to give commands on. */
export function other(house: House, node: string): HouseNode {
  const living = house.nodes.filter(({ name }) => name !== node);
  const found = living.find(({ name }) => name === house.controlNode) ?? living[0];
  return found ?? { name: node, address: addressOf(house, node) };
}

/** A reboot that somebody wants. */
export function plannedReboot(house: House, { name, address, stuck = [] }: HouseNode): Procedure {
  const { stack, pairs } = house;
  const alone = house.nodes.length === 1;
  const staying = house.guests
    .filter((guest) => guest.node === name && !guest.ha)
    .map((guest) => guest.name);
  const control = other(house, name);
  const here = pairs.filter(({ members }) => members.some((member) => member.node === name));
  const maintenance = (verb: string) =>
    on(house, control.address, `ha-manager crm-command node-maintenance ${verb} ${name}`);
  return {
    id: `planned-reboot-${name}`,
    title: `Planned reboot of ${name}`,
    sign: "An upgrade of the kernel, or work on the hardware.",
    steps: [
      {
        text: "See that nothing is degraded, and what the reboot will cost.",
        commands: [statusOf(house), `homelab simulate --stack ${stack} --fail reboot:${name}`],
      },
      ...(here.length > 0
        ? [
            {
              text: "Move addresses off this node; a member that does not have its address says so and nothing happens.",
              commands: here.flatMap(({ place, members }) => {
                const target = members.find(({ node }) => node !== name);
                return target
                  ? [`homelab switch --pair ${place} --stack ${stack} --to ${target.name}`]
                  : [];
              }),
            },
          ]
        : []),
      ...(alone
        ? []
        : [
            { text: "Let HA move its guests away.", commands: [maintenance("enable")] },
            {
              text: `Wait: ask again until ${remaining(stuck)} on ${name} any more. A reboot before that stops ${stuck.length > 0 ? "the others" : "them"}.`,
              commands: [on(house, control.address, "ha-manager status")],
            },
          ]),
      {
        text: `${offMeanwhile(name, staying, alone ? [] : stuck)}Then reboot.`,
        commands: [on(house, address, "systemctl reboot")],
      },
      {
        text: "When it is back: let HA move guests home, and let addresses return.",
        commands: [
          ...(alone ? [] : [maintenance("disable")]),
          ...here.map(({ place }) => `homelab switch --pair ${place} --stack ${stack} --back`),
          statusOf(house),
        ],
      },
    ],
  };
}

/** What `ha-manager status` shows for a node once nothing moves any more. */
const remaining = (stuck: readonly string[]) =>
  stuck.length > 0 ? `nothing under HA but ${listed(stuck)} is` : "no guest is";

/** Guests that are off while a node boots, and why. */
function offMeanwhile(
  name: string,
  unmanaged: readonly string[],
  stuck: readonly string[],
): string {
  const off = [
    ...(unmanaged.length > 0 ? [`Not under HA, so off while it is: ${listed(unmanaged)}. `] : []),
    ...(stuck.length > 0
      ? [`HA has no other node for ${listed(stuck)}: off until ${name} is back. `]
      : []),
  ];
  return off.join("");
}

/** A node that is broken for good. */
export function replaceNode(house: House, { name }: HouseNode): Procedure {
  const control = other(house, name);
  const alone = house.nodes.length === 1;
  const own = house.guests.filter((guest) => guest.node === name);
  const left = own.filter(({ ha }) => !ha || alone).map((guest) => guest.name);
  const replicated =
    !alone &&
    house.guests.some(
      ({ node, replicas }) => replicas.includes(name) || (node === name && replicas.length > 0),
    );
  const join: ProcedureStep[] = alone
    ? [{ text: "Install the new machine with the same name and address." }]
    : [
        {
          text: "Take it out of the cluster, from another node. It has to be off, and stays off.",
          commands: [on(house, control.address, `pvecm delnode ${name}`)],
        },
        ...withoutQuorumDevice(house, control, {
          text: "Install the new machine with another name or address, then join it; it asks for the password of the other node.",
          commands: [`ssh -t ${house.user}@NEW-ADDRESS pvecm add ${control.address}`],
        }),
      ];
  return {
    id: `replace-${name}`,
    title: `Replace ${name}`,
    sign: "It is broken for good. It must never be switched on again with its old disk.",
    steps: [
      ...join,
      ...restoring(left, alone),
      {
        text: "Write the new node into the stack file with its host key, compared on its console.",
        commands: ["ssh-keyscan -t ed25519 NEW-ADDRESS"],
      },
      {
        text: `Read what would change.${replicated ? ` Proxmox deletes no replication job to or from ${name} while that is away; \`pvesr delete JOB --force 1\` on the guest's node does.` : ""}`,
        commands: [`homelab preview --stack ${house.stack}`],
      },
      { text: "Then make it so.", commands: [upOf(house)] },
    ],
  };
}

/**
 * A node joins a cluster with a QDevice only while that is away, and Proxmox takes it out only while no
 * member is offline: so not before the dead node is out (pve-cluster, CLI/pvecm.pm; pvecm(1)).
 */
function withoutQuorumDevice(
  house: House,
  control: HouseNode,
  join: ProcedureStep,
): ProcedureStep[] {
  const { quorumDevice, nodes } = house;
  if (quorumDevice === undefined) return [join];
  const forced = nodes.length % 2 === 1 ? " --force" : "";
  return [
    {
      text: `Take the QDevice on ${quorumDevice} out before a node joins. Proxmox refuses that while a member is offline, so not before the step above.`,
      commands: [on(house, control.address, "pvecm qdevice remove")],
    },
    join,
    {
      text: `Set the QDevice up again, on one of the nodes and while all are online: \`pvecm qdevice setup ADDRESS${forced}\`, with the address of ${quorumDevice}.`,
    },
  ];
}

function restoring(guests: readonly string[], alone: boolean): ProcedureStep[] {
  if (guests.length === 0) return [];
  const them = guests.length === 1 ? "it" : "them";
  const text = alone
    ? `Restore every guest from its backup, under the same VMID: ${listed(guests)}.`
    : `Not under HA: ${listed(guests)}. Restore ${them} from the backup on another node, under the same VMID.`;
  return [{ text }];
}
