import { apiStatus } from "../../../clients/kubernetes/api-status";
import { hostFacts } from "../../../config/hosts";
import { foreign } from "../../../model/foreign-text";
import { apiCheckOf } from "../../../model/kubernetes/distribution";
import { type ApiAnswer, judgeKubernetes } from "../../../model/status/kubernetes-api";
import type { StatusItem } from "../../../model/status/types";
import { errorText } from "../../../model/text";
import type { OpenedStack } from "../../lib/members";

/** Clusters whose API's address this stack does not move: that address, and each API server's own. */
export async function kubernetesItems({
  config,
}: Pick<OpenedStack, "config">): Promise<StatusItem[]> {
  const clusters = Object.entries(config.kubernetes).map(async ([name, cluster]) => {
    const { address, address6, port, announcedBy } = cluster;
    const check = apiCheckOf(cluster);
    const ask = async (host: string): Promise<ApiAnswer> => {
      try {
        return { status: await apiStatus({ address: host, port, path: check.path }) };
      } catch (error) {
        return { refused: foreign(errorText(error)) };
      }
    };
    const hosts = cluster.masters.flatMap((master) => {
      const facts = hostFacts(config, master, address);
      return facts?.address === undefined ? [] : [{ name: facts.name, address: facts.address }];
    });
    const [shared, masters] = await Promise.all([
      Promise.all(
        [address, address6].flatMap((own) =>
          own === undefined ? [] : [ask(own).then((answer) => ({ address: own, answer }))],
        ),
      ),
      Promise.all(hosts.map(async (host) => ({ ...host, answer: await ask(host.address) }))),
    ]);
    return judgeKubernetes({ name, announcedBy, port, check, shared, masters });
  });
  return (await Promise.all(clusters)).flat();
}
