import { type SteadyClient, startSteadyClient } from "../../clients/http/steady-client";
import type { ClientMessage, ClientPlan } from "./client";

// Runs in the client's network namespace: a request at every tick, each on a connection of its own.

let client: SteadyClient | undefined;

function start({ address, port, host, everyMs, timeoutMs }: ClientPlan): void {
  const steady = { everyMs, timeoutMs, path: "/whoami", tls: false, only200: true };
  client = startSteadyClient({ ...steady, address, port, host });
}

process.on("message", (message: ClientMessage) => {
  if (!("start" in message)) {
    void client?.stop().then((requests) => process.send?.({ requests }));
    return;
  }
  start(message.start);
  process.send?.({ started: true });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
