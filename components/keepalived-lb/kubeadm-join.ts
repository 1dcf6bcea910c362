import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { initConfiguration, joinConfiguration } from "../../templates/kubeadm/kubeadm";
import {
  authorizeJoin,
  DOOR,
  doorScript,
  initCa,
  initFirst,
  joinKey,
  joinScript,
} from "../../templates/kubeadm/scripts";
import { connectionTo, type Host, hostCommand, hostFile, type SshArgs } from "../shared/host-files";
import { refuse } from "../shared/parse-args";
import type { Transform } from "../shared/transform";
import { type ApiFacts, endpointOf, kubeadmOf } from "./facts";

/** One key for each kind of child that has to do with kubeadm. */
export interface KubeadmTransforms {
  kubeadmCa?: Transform<CommandArgs>;
  kubeadmInit?: Transform<CommandArgs>;
  kubeadmDoor?: Transform<CommandArgs>;
  kubeadmKey?: Transform<CommandArgs>;
  kubeadmAuthorize?: Transform<CommandArgs>;
  kubeadmJoin?: Transform<CommandArgs>;
}

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
export function firstAuthority(
  name: string,
  facts: ApiFacts,
  ssh: SshArgs,
  parent: pulumi.Resource,
  transform: KubeadmTransforms = {},
): FirstMaster {
  const [first] = hostsOf(facts.masters, name);
  const command = hostCommand(
    `${name}-${first.name}-kubeadm-ca`,
    {
      connection: connectionTo(first, ssh),
      script: initCa({ endpoint: endpointOf(facts), version: facts.kubeadm.version }),
    },
    { parent },
    transform.kubeadmCa,
  );
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
  name: string,
  facts: ApiFacts,
  ssh: SshArgs,
  parent: pulumi.Resource,
  { command: ca, authority }: FirstMaster,
  after: readonly pulumi.Resource[],
  transform: KubeadmTransforms = {},
): void {
  const cluster = kubeadmOf(name, facts);
  const [first, ...masters] = hostsOf(facts.masters, name);
  const workers = facts.workers.length === 0 ? [] : hostsOf(facts.workers, name);
  const toFirst = connectionTo(first, ssh);
  const init = hostCommand(
    `${name}-${first.name}-kubeadm-init`,
    {
      connection: toFirst,
      script: initFirst(cluster.endpoint),
      stdin: initConfiguration(cluster, first),
    },
    { parent, dependsOn: [ca, ...after] },
    transform.kubeadmInit,
  );
  const door = hostFile(
    `${name}-${first.name}-kubeadm-door`,
    { host: first.name, connection: toFirst, path: DOOR, mode: "0700", content: doorScript() },
    { parent, dependsOn: [init] },
    transform.kubeadmDoor,
  );
  const join = (node: Host, role: "control-plane" | "worker", before: pulumi.Resource[]) => {
    const own = { parent, dependsOn: before };
    const connection = connectionTo(node, ssh);
    const key = hostCommand(
      `${name}-${node.name}-kubeadm-key`,
      { connection, script: joinKey() },
      own,
      transform.kubeadmKey,
    );
    const authorized = hostCommand(
      `${name}-${node.name}-kubeadm-authorize`,
      {
        connection: toFirst,
        script: authorizeJoin({ role, name: node.name, address: node.address }),
        stdin: key.stdout,
      },
      { parent, dependsOn: [door.command, key] },
      transform.kubeadmAuthorize,
    );
    const script = joinScript({
      role,
      node: node.name,
      user: ssh.user,
      first: { address: first.address, port: ssh.port, hostKey: first.hostKey },
      configuration: joinConfiguration(cluster, node, role),
    });
    return hostCommand(
      `${name}-${node.name}-kubeadm-join`,
      { connection, script, stdin: authority },
      { parent, dependsOn: [authorized, ...before] },
      transform.kubeadmJoin,
    );
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
