import { askApiServer } from "../../../clients/kubernetes/api-status";
import { hostFacts } from "../../../config/hosts";
import type { StackConfig } from "../../../config/stack";
import {
  type ApiServerReading,
  type ApiServersReading,
  judgeApiServers,
} from "../../../model/doctor/kubernetes";
import type { CheckResult } from "../../../model/doctor/types";
import { foreign } from "../../../model/foreign-text";
import { apiCheckOf } from "../../../model/kubernetes/distribution";
import { addressOf, errorText } from "../../../model/text";

type HostRef = StackConfig["kubernetes"][string]["masters"][number];

/** Asks the API servers of every cluster, all at once and each with a deadline, as whoever shows no credential. */
export async function checkApiServers(
  stack: StackConfig,
  nowMs: number = Date.now(),
): Promise<CheckResult[]> {
  const readings = await Promise.all([
    ...Object.entries(stack.kubernetes).map(([name, cluster]) => {
      const shared = [cluster.address, cluster.address6].flatMap((address) => address ?? []);
      return readCluster(stack, { place: `kubernetes.${name}`, cluster, shared });
    }),
    // The address is one that an `up` may only bring, and `homelab status` asks it.
    ...Object.entries(stack.apiLoadBalancers).map(([name, cluster]) =>
      readCluster(stack, {
        place: `apiLoadBalancers.${name}`,
        cluster,
        shared: [],
        family: addressOf(cluster.vip),
        madeByUp: cluster.kubeadm.join,
      }),
    ),
  ]);
  return readings.flatMap((reading) => judgeApiServers(reading, nowMs));
}

/** A cluster and where it is asked. */
interface Asked {
  place: string;
  cluster: Parameters<typeof apiCheckOf>[0] & { port: number; masters: readonly HostRef[] };
  shared: readonly string[];
  /** Address whose family those of the masters are of. @default the first shared one's */
  family?: string;
  madeByUp?: boolean;
}

async function readCluster(
  stack: StackConfig,
  { place, cluster, shared, family = shared[0], madeByUp = false }: Asked,
): Promise<ApiServersReading> {
  const { distribution = "kubeadm", port, masters } = cluster;
  const { path, statuses } = apiCheckOf(cluster);
  const ask = async (name: string, address: string): Promise<ApiServerReading> => {
    try {
      return { name, address, ...(await askApiServer({ address, port, path })) };
    } catch (error) {
      return { name, address, refused: foreign(errorText(error), 300) };
    }
  };
  const servers = masters.flatMap((ref) => {
    const { name, address } = hostFacts(stack, ref, family) ?? {};
    return name === undefined || address === undefined ? [] : [{ name, address }];
  });
  const [atShared, atMasters] = await Promise.all([
    Promise.all(shared.map((address) => ask("address", address))),
    Promise.all(servers.map(({ name, address }) => ask(name, address))),
  ]);
  return {
    ...{ place, distribution, port, check: { path, statuses }, madeByUp },
    ...{ shared: atShared, masters: atMasters },
  };
}
