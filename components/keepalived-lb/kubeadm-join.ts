import type { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { initCa, initFirst } from "../../templates/kubeadm/init";
import {
  authorizeJoin,
  JOIN_COMMAND_FILE,
  joinCommand,
  joinKey,
  joinScript,
} from "../../templates/kubeadm/join";
import { initConfiguration, joinConfiguration } from "../../templates/kubeadm/kubeadm";
import type { Host } from "../shared/host-files";
import { commandIn, fileIn, type Rollout, scopeOf } from "../shared/member-scope";
import { refuse } from "../shared/parse-args";
import { type ApiFacts, endpointOf, kubeadmOf, mastersOf, workersOf } from "./facts";
import type { LbKind } from "./options";

/** The CA of the cluster on its first master. */
export interface FirstMaster {
  command: Command;
  /** The CA's certificate, which is public. */
  authority: pulumi.Output<string>;
}

/**
 * Makes the CA on the first master, before any API server runs: the load balancers cannot start
 * without its certificate, and `kubeadm init` cannot end without the load balancers.
 */
export function firstAuthority(rollout: Rollout<LbKind>, facts: ApiFacts): FirstMaster {
  const [first] = hostsOf(mastersOf(facts), rollout.name);
  const script = initCa({ endpoint: endpointOf(facts), version: facts.kubeadm.version });
  const command = commandIn(scopeOf(rollout, first, []), "kubeadmCa", { script }, []);
  // The provider cuts the last line break off.
  return { command, authority: pulumi.interpolate`${command.stdout}\n` };
}

/**
 * `init` on the first master, then the other masters one after the other, since etcd takes one
 * member at a time, then the workers. What a join needs is made on the first master when the node
 * asks for it, and never leaves these hosts.
 *
 * @param after health of the load balancers
 */
export function joinNodes(
  rollout: Rollout<LbKind>,
  facts: ApiFacts,
  { command: ca, authority }: FirstMaster,
  after: readonly pulumi.Resource[],
): void {
  const { name, ssh } = rollout;
  const cluster = kubeadmOf(name, facts);
  const [first, ...masters] = hostsOf(mastersOf(facts), name);
  const alone = workersOf(facts);
  const workers = alone.length === 0 ? [] : hostsOf(alone, name);
  const onFirst = scopeOf(rollout, first, []);
  const init = commandIn(
    onFirst,
    "kubeadmInit",
    { script: initFirst(cluster.endpoint), stdin: initConfiguration(cluster, first) },
    [ca, ...after],
  );
  const forced = { path: JOIN_COMMAND_FILE, mode: "0700", content: joinCommand() };
  const joinFile = fileIn(onFirst, "kubeadmForcedCommand", forced, [init]);
  const join = (node: Host, role: "control-plane" | "worker", before: pulumi.Resource[]) => {
    const scope = scopeOf(rollout, node, before);
    const key = commandIn(scope, "kubeadmKey", { script: joinKey() }, []);
    const authorize = authorizeJoin({ role, name: node.name, address: node.address });
    const authorized = commandIn(
      // Named after the node, but it runs on the first master.
      { ...scope, connection: onFirst.connection, after: [] },
      "kubeadmAuthorize",
      { script: authorize, stdin: key.stdout },
      [joinFile.command, key],
    );
    const script = joinScript({
      role,
      node: node.name,
      user: ssh.user,
      first: { address: first.address, port: ssh.port, hostKey: first.hostKey },
      configuration: joinConfiguration(cluster, node, role),
    });
    return commandIn(scope, "kubeadmJoin", { script, stdin: authority }, [authorized]);
  };
  let last: pulumi.Resource = init;
  for (const master of masters) last = join(master, "control-plane", [last]);
  for (const worker of workers) join(worker, "worker", [last]);
}

type ClusterHost = ApiFacts["masters"][number];

/** The hosts with their keys, which the facts' own check has seen. */
function hostsOf(hosts: readonly ClusterHost[], name: string): [Host, ...Host[]] {
  const [first, ...others] = hosts.flatMap(({ hostKey, ...host }) =>
    hostKey === undefined ? [] : [{ ...host, hostKey }],
  );
  if (!first || others.length + 1 < hosts.length) {
    refuse([{ path: ["masters"], message: "a host key is missing; state it" }], name);
    throw new Error("unreachable");
  }
  return [first, ...others];
}
