import { tunnelConnectors } from "../../../clients/cloudflare/tunnels";
import { readyPods } from "../../../clients/kubernetes/ready-pods";
import { foreign } from "../../../model/foreign-text";
import { judgeIngress, judgeTunnel, type TunnelReading } from "../../../model/status/outside";
import type { StatusItem } from "../../../model/status/types";
import { errorText } from "../../../model/text";
import type { OpenedStack } from "../../lib/members";
import { whyUnreachable } from "./reach";

type Env = Readonly<Record<string, string | undefined>>;

/** Ports of Traefik's Service that take TCP. */
const INGRESS_PORTS = [80, 443];

/**
 * What stands in Kubernetes: connectors of tunnels, and addresses that MetalLB announces.
 *
 * @param seen told of each tunnel, before it is judged
 */
export function outsideItems(
  { config }: OpenedStack,
  env: Env,
  seen: (tunnel: TunnelReading) => void,
): Promise<StatusItem[]> {
  const tunnels = Object.entries(config.tunnels).map(async ([name, tunnel]) => {
    const reading = { name, wanted: tunnel.replicas, ...(await connectorsOf(name, tunnel, env)) };
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

type Tunnel = OpenedStack["config"]["tunnels"][string];

async function connectorsOf(
  name: string,
  { accountId, namespace, existing }: Tunnel,
  env: Env,
): Promise<Pick<TunnelReading, "connectors" | "source" | "unknown">> {
  const token = env.CLOUDFLARE_API_TOKEN;
  try {
    if (token) {
      const question = { accountId, name: existing?.name ?? name, token };
      return { connectors: await tunnelConnectors(question), source: "Cloudflare" };
    }
    const selector = `app.kubernetes.io/name=cloudflared,app.kubernetes.io/instance=${name}`;
    const connectors = await readyPods({ namespace, selector }, { ...env });
    return { connectors, source: "kubectl" };
  } catch (error) {
    const reason = foreign(errorText(error));
    return {
      unknown: token
        ? reason
        : `${reason}; set CLOUDFLARE_API_TOKEN, or set kubectl up for the cluster`,
    };
  }
}
