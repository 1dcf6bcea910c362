import { nowMs } from "../../clients/steady/clock";

// Sleeps again and again and notes by how much each sleep was too long. At normal priority, since
// it stands for the daemons.

const SLEEP_MS = 5;
const cell = new Int32Array(new SharedArrayBuffer(4));
let late: number[] = [];
let running = false;

function sample(): void {
  if (!running) return;
  const begin = nowMs();
  Atomics.wait(cell, 0, 0, SLEEP_MS);
  late.push(nowMs() - begin - SLEEP_MS);
  setImmediate(sample);
}

process.on("message", (message: { start?: true }) => {
  if (message.start) {
    late = [];
    running = true;
    setImmediate(sample);
    process.send?.({ started: true });
    return;
  }
  running = false;
  process.send?.({ late });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
