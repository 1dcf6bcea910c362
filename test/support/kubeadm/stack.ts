const nodes = ["pve1", "pve2", "pve3"];
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILbRv5pOxXrNFslEadVGo6AeoUCOn1uNrMkNwOBvKbrX";

/** A cluster of machines that the stack makes, spreads over the nodes and joins with kubeadm. */
export function kubeadmStack() {
  const machine = (vmid: number, index: number, purpose: string) => ({
    vmid,
    type: "vm",
    purpose,
    node: nodes[index % nodes.length] ?? "",
    address: `192.168.56.${vmid - 800}`,
    storage: "tank",
    hostKey: key,
    debian: 13,
    create: {
      template: "local:import/debian-13-genericcloud-amd64.qcow2",
      diskGb: 20,
      memoryMb: 4096,
      cores: 2,
      bridge: "vmbr1",
      gateway: "192.168.56.1",
      sshKeys: [`${key} me@desk`],
    },
  });
  const many = (name: string, count: number, first: number, purpose: string) =>
    Array.from({ length: count }, (_, index): [string, ReturnType<typeof machine>] => [
      `${name}${index + 1}`,
      machine(first + index, index, purpose),
    ]);
  return {
    "homelab:cluster": {
      name: "house",
      pveVersion: 9,
      nodes: Object.fromEntries(
        nodes.map((node, index) => [node, { address: `192.168.1.${index + 11}` }]),
      ),
      segments: { kubernetes: { cidr: "192.168.56.0/24" }, lan: { cidr: "192.168.1.0/24" } },
      storages: { tank: { kind: "zfs", nodes } },
      backup: { storage: "backup", on: "outside", schedule: "02:00", everyHours: 24 },
    },
    "homelab:guests": Object.fromEntries([
      ...many("lb", 2, 805, "load balancer"),
      ...many("master", 3, 810, "control plane"),
      ...many("worker", 2, 820, "pods"),
    ]),
    "homelab:apiLoadBalancers": {
      "k8s-api": {
        vip: "192.168.56.100/24",
        interface: "eth0",
        virtualRouterId: 56,
        management: ["192.168.1.0/24"],
        members: [
          { guest: "lb1", priority: 150 },
          { guest: "lb2", priority: 100 },
        ],
        masters: ["master1", "master2", "master3"].map((guest) => ({ guest })),
        workers: ["worker1", "worker2"].map((guest) => ({ guest })),
        kubeadm: { join: true, version: "v1.34.4" },
      },
    },
  };
}
