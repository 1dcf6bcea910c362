import { type SteadyClient, startSteadyClient } from "../../clients/steady/steady-client";
import type { ClientMessage, ClientPlan } from "./client";

// Runs in the client's network namespace: a request at every tick, each on a connection of its own.

let client: SteadyClient | undefined;

function start({ address, port, host, everyMs, timeoutMs }: ClientPlan): void {
  const question = { kind: "http", host, path: "/whoami", tls: false, only200: true } as const;
  client = startSteadyClient({ question, everyMs, timeoutMs, address, port });
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
