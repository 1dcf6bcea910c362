import type { Client, ClientChannel } from "ssh2";
import { wayText } from "./go-words";

/**
 * Opens a connection from a jump host to another host.
 *
 * @param hop the open connection to the jump host; it is closed when no way is opened
 * @param ms milliseconds that it may take; the jump host itself waits for minutes
 * @param signal gives it up
 * @throws Error that names both hosts
 */
export function openWay(
  hop: Client,
  to: { through: string; host: string; port: number },
  ms: number,
  signal?: AbortSignal,
): Promise<ClientChannel> {
  const { through, host, port } = to;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stopped);
      hop.off("close", gone);
    };
    const fail = (why: string) => {
      settle();
      hop.destroy();
      reject(new Error(`dial tcp ${host}:${port} through ${through}: ${why}`));
    };
    const stopped = () => fail("stopped");
    const gone = () => fail("the jump host closed the connection");
    if (Number.isFinite(ms)) timer = setTimeout(() => fail("i/o timeout"), Math.max(1, ms));
    signal?.addEventListener("abort", stopped, { once: true });
    hop.once("close", gone);
    hop.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (error) return fail(wayText(error));
      settle();
      return resolve(channel);
    });
  });
}
