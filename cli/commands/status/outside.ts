import { tunnelConnectors } from "../../../clients/cloudflare/tunnels";
import { readyPods } from "../../../clients/kubernetes/ready-pods";
import { contextOf, tunnelCluster } from "../../../config/kubernetes-objects";
import { foreign } from "../../../model/foreign-text";
import {
  type ConnectorReading,
  connectorReading,
  judgeIngress,
  judgeTunnel,
  readyConnectors,
  type TunnelReading,
} from "../../../model/status/outside";
import type { StatusItem } from "../../../model/status/types";
import { errorText } from "../../../model/text";
import { connectorQuestion } from "../../../templates/cloudflared/connector";
import { askMember, type OpenedStack, reasonOf, type SshAccess } from "../../lib/members";
import { whyUnreachable } from "./reach";

type Env = Readonly<Record<string, string | undefined>>;

/** Ports of Traefik's Service that take TCP. */
const INGRESS_PORTS = [80, 443];

/**
 * Connectors of tunnels, and addresses that MetalLB announces.
 *
 * @param ssh the way to hosts that hold a tunnel open
 * @param seen told of each tunnel, before it is judged
 */
export function outsideItems(
  stack: OpenedStack,
  env: Env,
  ssh: Promise<SshAccess>,
  seen: (tunnel: TunnelReading) => void,
): Promise<StatusItem[]> {
  const { config } = stack;
  const tunnels = Object.entries(config.tunnels).map(async ([name, tunnel]) => {
    const hosts = await askHosts(stack, name, ssh);
    const reading: TunnelReading = {
      name,
      wanted: hosts?.length ?? tunnel.replicas,
      ...(await connectorsOf(stack, name, { env, ...(hosts && { hosts }) })),
      ...(hosts && { hosts }),
    };
    seen(reading);
    return judgeTunnel(reading);
  });
  const addresses = Object.entries(config.kubernetesIngress).map(async ([name, { address }]) => {
    const ports = await Promise.all(
      INGRESS_PORTS.map(async (port) => {
        const refused = await whyUnreachable(address, port);
        return { port, ...(refused !== undefined && { refused }) };
      }),
    );
    return judgeIngress({ name, address, ports });
  });
  return Promise.all([...tunnels, ...addresses]);
}

type Answer = Pick<TunnelReading, "connectors" | "source" | "unknown">;

/** Asks Cloudflare where it may; else the hosts, or the cluster, that hold the tunnel open. */
async function connectorsOf(
  { config, kubernetesContext: usual }: OpenedStack,
  name: string,
  { env, hosts }: { env: Env; hosts?: ConnectorReading[] },
): Promise<Answer> {
  const { accountId, namespace, existing } = config.tunnels[name] as Tunnel;
  const token = env.CLOUDFLARE_API_TOKEN;
  try {
    if (token) {
      const question = { accountId, name: existing?.name ?? name, token };
      return { connectors: await tunnelConnectors(question), source: "Cloudflare" };
    }
    if (hosts) return ofHosts(hosts);
    const context = contextOf(config, tunnelCluster(config, name), usual);
    const selector = `app.kubernetes.io/name=cloudflared,app.kubernetes.io/instance=${name}`;
    const question = { namespace, selector, ...(context !== undefined && { context }) };
    return { connectors: await readyPods(question, { ...env }), source: "kubectl" };
  } catch (error) {
    const reason = foreign(errorText(error));
    if (token && hosts) return ofHosts(hosts);
    return {
      unknown: token
        ? reason
        : `${reason}; set CLOUDFLARE_API_TOKEN, or set kubectl up for the cluster`,
    };
  }
}

type Tunnel = OpenedStack["config"]["tunnels"][string];

function ofHosts(hosts: readonly ConnectorReading[]): Answer {
  const connectors = readyConnectors(hosts);
  if (connectors !== undefined) return { connectors, source: "the hosts" };
  return { unknown: hosts.map(({ host, why }) => `${host}: ${why}`).join("; ") };
}

/** What each host with a connector says of it; undefined where pods hold the tunnel open. */
async function askHosts(
  { resolved }: OpenedStack,
  name: string,
  ssh: Promise<SshAccess>,
): Promise<ConnectorReading[] | undefined> {
  const { connectors } = resolved.tunnels[name] ?? {};
  if (!connectors) return undefined;
  const question = connectorQuestion(name, connectors.metricsPort);
  return Promise.all(
    connectors.hosts.map(async (host) => {
      try {
        const { client, printed } = await askMember(host, await ssh, question);
        client.end();
        return connectorReading(host.name, printed);
      } catch (error) {
        const why = reasonOf(error instanceof Error ? error : new Error(errorText(error)));
        return { host: host.name, why: `cannot be asked: ${why}` };
      }
    }),
  );
}
