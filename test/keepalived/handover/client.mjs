// A client with connections that stay open and talk all the time; told by lines of a file, tells by lines.
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";

const [address, orders] = process.argv.slice(2);
const PATIENCE_MS = 4000;
const all = [];

/** Opens a connection from one local port, so that the port can be used again. */
function open(localPort, group) {
  const one = { group, by: "", lost: "", exchanges: 0, heardMs: performance.now() };
  const socket = connect({ host: address, port: 80, localPort });
  socket.setNoDelay(true);
  one.end = (why) => {
    one.lost ||= why;
    socket.destroy();
  };
  socket.on("connect", () => socket.write("hello\n"));
  socket.on("data", (data) => {
    const by = `${data}`.trim().split("\n")[0];
    if (one.by !== "" && by !== one.by) return one.end(`answered by ${by}`);
    one.by = by;
    one.exchanges += 1;
    one.heardMs = performance.now();
    setTimeout(() => socket.writable && socket.write("hello\n"), 50);
  });
  socket.on("error", ({ code }) => one.end(code));
  socket.on("end", () => one.end("closed"));
  all.push(one);
}

/** A connection that is over at once, and that the service closes first. */
function visit(localPort) {
  const socket = connect({ host: address, port: 80, localPort });
  socket.on("connect", () => socket.write("bye\n"));
  socket.on("error", ({ code }) => console.log(`visit ${localPort} ${code}`));
  socket.on("data", () => {});
}

let done = 0;
setInterval(() => {
  const lines = existsSync(orders) ? readFileSync(orders, "utf8").trim().split("\n") : [];
  for (const line of lines.slice(done)) {
    const [verb, from, count, group] = line.split(" ");
    for (let at = 0; at < Number(count); at += 1) {
      if (verb === "open") open(Number(from) + at, group);
      else visit(Number(from) + at);
    }
  }
  done = lines.length;
  const groups = {};
  for (const one of all) {
    if (one.lost === "" && performance.now() - one.heardMs > PATIENCE_MS) one.end("silent");
    groups[one.group] ??= { by: {}, lost: {}, exchanges: Number.POSITIVE_INFINITY };
    const group = groups[one.group];
    if (one.lost === "") group.by[one.by] = (group.by[one.by] ?? 0) + 1;
    else group.lost[one.lost] = (group.lost[one.lost] ?? 0) + 1;
    group.exchanges = Math.min(group.exchanges, one.exchanges);
  }
  console.log(JSON.stringify(groups));
}, 100);
