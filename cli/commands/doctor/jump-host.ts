import type { Client, ClientChannel } from "ssh2";
import { budgets } from "../../../clients/deadline";
import { dial } from "../../../clients/ssh/client";
import type { JumpHost } from "../../../clients/ssh/connection";
import { fingerprint, shownHostKeyOrOther } from "../../../clients/ssh/host-key";
import { openWay } from "../../../clients/ssh/jump";
import { type CheckResult, resultsOf } from "../../../model/doctor/types";
import { foreign } from "../../../model/foreign-text";
import { withPort } from "../../../model/network/address";
import { errorText } from "../../../model/text";

const PLACE = "homelab:cluster.ssh.proxy";

/** The jump host by itself: whether it shows the pinned key, and lets the key in. */
export async function checkJumpHost(
  proxy: JumpHost,
  env: NodeJS.ProcessEnv,
  key: Promise<string | undefined>,
): Promise<CheckResult[]> {
  const { host, port = 22, user = "root", hostKey = "" } = proxy;
  const where = withPort(host, port);
  const { ok, problem, notChecked } = resultsOf("jump host", host);
  const [kind, pinned] = hostKey.split(" ");
  try {
    const seen = await shownHostKeyOrOther(host, port, kind);
    if (seen.key.split(" ")[1] !== pinned) {
      const expected = fingerprint(Buffer.from(pinned ?? "", "base64"));
      return [
        problem(
          `${where} shows ${seen.fingerprint}, and ${expected} is pinned, so no host is reached through it`,
          `compare on its console: ssh-keygen -lf /etc/ssh/ssh_host_${seen.key.split(" ")[0]?.replace(/^ssh-|-sha2.*$/g, "")}_key.pub`,
          `only if it is the same as shown, write in ${PLACE}.hostKey: ${seen.key}`,
        ),
      ];
    }
  } catch (error) {
    return [
      problem(
        `${where} shows no host key: ${foreign(errorText(error))}`,
        `see whether it is up, and whether its SSH server listens there (${PLACE}.port)`,
      ),
    ];
  }
  try {
    const privateKey = await key;
    if (privateKey === undefined && !env.SSH_AUTH_SOCK) {
      return [notChecked("there is no private key to log in with")];
    }
    (await dialHop(proxy, privateKey)).end();
    return [ok(`${user} is let in at ${where}, with the pinned key`)];
  } catch (error) {
    const reason = foreign(errorText(error)).replace(/^after \d+ failed attempts: /, "");
    return [
      problem(
        `${user} is not let in at ${where}: ${reason}`,
        `put the public key into authorized_keys of ${user} there: ssh-copy-id -p ${port} ${user}@${host}`,
      ),
    ];
  }
}

/** Logs in to the jump host itself. */
function dialHop(proxy: JumpHost, privateKey: string | undefined): Promise<Client> {
  const keys = privateKey === undefined ? {} : { privateKey };
  const limits = { dialErrorLimit: 0, perDialTimeout: 5 };
  return dial({ ...keys, ...proxy, ...limits }, budgets.question.totalMs);
}

/**
 * How a host is asked for its key through the jump host; undefined where there is none.
 *
 * @param key the private key that the jump host lets in
 */
export function wayTo(
  address: string,
  { port, proxy }: { port: number; proxy?: JumpHost | undefined },
  key: Promise<string | undefined>,
): (() => Promise<ClientChannel>) | undefined {
  if (!proxy) return undefined;
  return async () => {
    const hop = await dialHop(proxy, await key);
    const through = withPort(proxy.host, proxy.port ?? 22);
    const { totalMs } = budgets.question;
    const channel = await openWay(hop, { through, host: address, port }, totalMs);
    channel.once("close", () => hop.end());
    return channel;
  };
}
