import { connect } from "node:net";
import { budgets } from "../../../clients/deadline";
import { watched } from "../../../clients/watch";
import { errorText } from "../../../model/text";

/** Why an address takes no connection from this machine; undefined when it does. */
export async function whyUnreachable(host: string, port: number): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    await watched(
      budgets.question,
      (watch) =>
        new Promise<void>((resolve, reject) => {
          socket.once("error", reject);
          socket.once("connect", () => {
            watch.connected();
            resolve();
          });
        }),
      () => socket.destroy(),
    );
    return undefined;
  } catch (error) {
    return errorText(error);
  } finally {
    socket.destroy();
  }
}
