import { stringify } from "yaml";
import { placeholderHostKey } from "../../../model/host/host-key";
import { TRAEFIK } from "../adopt/text";
import type { Answers, PairMember } from "./answers";

/** A name as YAML takes it for a text, in quotes where it would be a number or a truth value. */
export const scalar = (text: string): string => stringify(text).trim();

const names = (list: readonly string[]) => `[${list.map(scalar).join(", ")}]`;

/**
 * A stack file with little more than the answers in it.
 *
 * @param schema path of the schema for editors. @default none: the file is not beside it
 */
export function newStackText(stack: string, answers: Answers, schema?: string): string {
  const { nodes, network, storages, pveVersion, quorumDevice, backup, pair } = answers;
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`, "#"]),
    `# The cluster ${scalar(stack)}, as \`homelab init\` wrote it: docs/configuration.md explains each section.`,
    "config:",
    "  homelab:cluster:",
    `    pveVersion: ${pveVersion}`,
    "    nodes:",
    ...nodes.map(({ name, address }) => `      ${scalar(name)}: { address: ${address} }`),
    ...(quorumDevice === undefined
      ? nodes.length % 2 === 1
        ? []
        : [
            "    # An even number of nodes needs one more vote, from a host outside, see `pvecm qdevice`:",
            "    # quorumDevice: { host: NAME }",
          ]
      : [`    quorumDevice: { host: ${scalar(quorumDevice)} }`]),
    "    segments:",
    `      lan: { cidr: ${network.cidr}, gateway: ${network.gateway} }`,
    "    # zfs can be replicated, shared (and ceph) is on all of its nodes, local dies with its node.",
    "    storages:",
    ...storages.map(
      (storage) =>
        `      ${scalar(storage.name)}: { kind: ${storage.kind}, nodes: ${names(storage.nodes)} }`,
    ),
    ...(backup === undefined
      ? ['    # backup: { storage: NAME, schedule: "02:00" }']
      : [`    backup: { storage: ${scalar(backup)}, on: outside, schedule: "02:00" }`]),
    "",
    ...(pair ? pairLines(pair, storages) : emptyLines(nodes[0]?.name, storages[0]?.name)),
    "",
  ].join("\n");
}

function emptyLines(node = "pve1", storage = "local-zfs"): string[] {
  return [
    "  # Every container and virtual machine once, e.g. one that exists already:",
    `  #   dns-1: { vmid: 101, type: ct, node: ${scalar(node)}, storage: ${scalar(storage)} }`,
    "  homelab:guests: {}",
  ];
}

function pairLines({ vip, members }: NonNullable<Answers["pair"]>, storages: Answers["storages"]) {
  const guest = ({ name, vmid, node, address }: PairMember) => {
    const storage = storages.find(({ nodes }) => nodes.includes(node)) ?? storages[0];
    return [
      `    ${scalar(name)}:`,
      `      { vmid: ${vmid}, type: ct, node: ${scalar(node)}, address: ${address}, storage: ${scalar(storage?.name ?? "")},`,
      `        hostKey: ${placeholderHostKey(name)} }`,
    ];
  };
  return [
    "  # Host keys are placeholders until you put in the first two words that",
    "  # `cat /etc/ssh/ssh_host_ed25519_key.pub` prints in the container.",
    "  homelab:guests:",
    ...members.flatMap(guest),
    "",
    ...pairSection(vip, members),
  ];
}

/** The pair alone; the first member has the address when all is well. */
export function pairSection(vip: string, members: readonly { name: string }[]): string[] {
  return [
    "  # Members in the order in which they are to have the address.",
    "  homelab:traefikPairs:",
    "    traefik:",
    `      vip: ${vip}`,
    `      members: [${members.map(({ name }) => `{ guest: ${scalar(name)} }`).join(", ")}]`,
    `      traefik: { version: ${TRAEFIK} }`,
  ];
}
