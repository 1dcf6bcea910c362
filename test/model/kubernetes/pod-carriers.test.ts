import { expect, test } from "vitest";
import { type PodCarriers, unjudgedCarriers } from "../../../model/kubernetes/pod-carriers";

const masters = ["a", "b", "c"];

const told = (change: Partial<PodCarriers>) =>
  unjudgedCarriers({
    ...{ place: "kubernetes.home", distribution: "kubeadm", masters, workers: [], joined: false },
    ...change,
  });

test("masters that are to carry pods, and that the distribution taints, are told", () => {
  const cases: Partial<PodCarriers>[] = [
    {},
    { workers: ["c", "d"] },
    { distribution: "talos", workers: masters },
    { joined: true },
  ];
  expect(cases.map(told)).toMatchInlineSnapshot(`
    [
      "whether pods of kubernetes.home run on a, b and c was not judged: they are masters, which kubeadm taints; the report counts on them, which is right where \`kubectl taint nodes NAME node-role.kubernetes.io/control-plane:NoSchedule-\` was run for each",
      "whether pods of kubernetes.home run on c was not judged: it is a master, which kubeadm taints; the report counts on it, which is right where \`kubectl taint nodes NAME node-role.kubernetes.io/control-plane:NoSchedule-\` was run for each",
      "whether pods of kubernetes.home run on a, b and c was not judged: they are masters, which Talos taints; the report counts on them, which is right where cluster.allowSchedulingOnControlPlanes is true in the machine configuration",
      "whether pods of kubernetes.home run on a, b and c was not judged: they are masters, which kubeadm taints; the report counts on them, which is right where \`kubectl taint nodes NAME node-role.kubernetes.io/control-plane:NoSchedule-\` was run for each",
    ]
  `);
});

test.each<[string, Partial<PodCarriers>]>([
  ["workers of their own", { workers: ["d", "e"] }],
  ["k3s", { distribution: "k3s", workers: masters }],
  ["RKE2 without workers", { distribution: "rke2" }],
  ["masters that this stack joins as workers", { workers: masters, joined: true }],
])("nothing is told of %s", (_what, change) => {
  expect(told(change)).toBeUndefined();
});
