import { createServer } from "node:http";
import { BACKEND_PORT } from "./backend";

// A back end behind Traefik. It answers with the address that asked: the member that passed it on.
// `/pieces` is an answer without an end, and an upgraded connection echoes.
const server = createServer((request, response) => {
  const asker = `${request.socket.remoteAddress?.replace(/^::ffff:/, "")}\n`;
  if (request.url !== "/pieces") return response.end(asker);
  response.writeHead(200);
  response.write(asker);
  const timer = setInterval(() => response.write(asker), 100);
  response.on("close", () => clearInterval(timer));
});
server.on("upgrade", (_request, socket) => {
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  );
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.keepAliveTimeout = 60_000;
server.listen(BACKEND_PORT, "0.0.0.0", () => process.send?.({ ready: true }));
process.on("disconnect", () => process.exit(0));
