import { stringify } from "yaml";
import { withPort } from "../../model/network/address";

/** What a node of a cluster that kubeadm does not join has to be told of the load balancer. */
export interface NodeConfiguration {
  distribution: "k3s" | "rke2" | "talos";
  /** Virtual address, without port. */
  address: string;
  /** Port of the API. */
  port: number;
  /** RKE2: port of the supervisor. */
  supervisorPort?: number | undefined;
  /** Talos: whether its own API is balanced as well. */
  talosApi?: boolean | undefined;
  /** k3s: parts that servers are started without. @default none */
  disable?: readonly string[] | undefined;
  /** Names and addresses for the certificate of the API servers. */
  certificateSans: readonly string[];
}

/** Texts by what they are for; `TOKEN` stands for the cluster's secret. */
export interface NodeConfigurationTexts {
  /** First machine of the control plane; k3s and RKE2: its `config.yaml`. @default the same as for the others */
  firstServer?: string;
  /** Further machines of the control plane; Talos: a patch of the machine configuration. */
  server: string;
  /** Machines that only carry pods. */
  agent: string;
}

/**
 * What to write into `/etc/rancher/<k3s or rke2>/config.yaml`, or into Talos' machine configuration,
 * so that nodes join and clients come in through the virtual address.
 *
 * @see https://docs.k3s.io/datastore/cluster-loadbalancer
 * @see https://docs.rke2.io/install/ha
 */
export function nodeConfiguration(conf: NodeConfiguration): NodeConfigurationTexts {
  const sans = () => [...conf.certificateSans];
  if (conf.distribution === "talos") {
    const controlPlane = { endpoint: `https://${withPort(conf.address, conf.port)}` };
    return {
      server: stringify({
        ...(conf.talosApi === true && { machine: { certSANs: sans() } }),
        cluster: { controlPlane, apiServer: { certSANs: sans() } },
      }),
      agent: stringify({ cluster: { controlPlane } }),
    };
  }
  const joinPort = conf.supervisorPort ?? conf.port;
  const join = { server: `https://${withPort(conf.address, joinPort)}`, token: "TOKEN" };
  // k3s wants the same list on every server.
  const without = conf.disable?.length ? { disable: [...conf.disable] } : {};
  return {
    firstServer: stringify({
      // RKE2 starts an etcd of its own by itself.
      ...(conf.distribution === "k3s" && { "cluster-init": true }),
      token: "TOKEN",
      "tls-san": sans(),
      ...without,
    }),
    server: stringify({ ...join, "tls-san": sans(), ...without }),
    agent: stringify(join),
  };
}
