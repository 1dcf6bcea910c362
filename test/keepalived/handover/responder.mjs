// In place of systemd's socket: one run of the hand-over script for each question, with the asker's address.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const [address, port, script] = process.argv.slice(2);
createServer({ pauseOnConnect: true }, (socket) => {
  const env = { ...process.env, REMOTE_ADDR: socket.remoteAddress };
  socket.on("error", () => socket.destroy());
  const child = spawn(script, ["serve"], { env, stdio: [socket, socket, "inherit"] });
  child.on("exit", () => socket.destroy());
})
  .listen(Number(port), address)
  .on("listening", () => console.log("ready"));
