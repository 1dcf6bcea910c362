import { createServer } from "node:http";
import { BACKEND_PORT } from "./backend";

// A back end behind Traefik. It answers with the address that asked: the member that passed it on.
const server = createServer((request, response) => {
  response.end(`${request.socket.remoteAddress?.replace(/^::ffff:/, "")}\n`);
});
server.keepAliveTimeout = 60_000;
server.listen(BACKEND_PORT, "0.0.0.0", () => process.send?.({ ready: true }));
process.on("disconnect", () => process.exit(0));
