// A service behind the virtual address: every line comes back with the member's name. At "bye" it closes first.
import { createServer } from "node:net";

const [name] = process.argv.slice(2);
createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    if (`${data}`.includes("bye")) socket.end();
    else socket.write(`${name}\n`);
  });
})
  .listen(80, "::")
  .on("listening", () => console.log("ready"));
