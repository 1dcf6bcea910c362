import { readdirSync, readFileSync } from "node:fs";

/**
 * What the Pulumi CLI writes while an operation runs: the processes below one, looked at ten times a
 * second, as Linux counts the bytes that they hand to `write`. 0 on another system.
 *
 * @returns ends the look, and says how many bytes the CLI wrote
 */
export function bytesWrittenBelow(parent: number): () => number {
  const seen = new Map<string, number>();
  const look = () => {
    for (const pid of childrenOf(parent)) {
      const bytes = writtenBy(pid);
      if (bytes !== undefined) seen.set(pid, bytes);
    }
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The CLIs that a process started; a shell that leads to one counts through it. */
function childrenOf(parent: number): string[] {
  let pids: string[] = [];
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    // No Linux.
  }
  return pids.filter((pid) => {
    const [, name, , ppid] = /^\d+ \((.*)\) (\S) (\d+)/.exec(textOf(`/proc/${pid}/stat`)) ?? [];
    return name === "pulumi" && Number(ppid) === parent;
  });
}

function writtenBy(pid: string): number | undefined {
  const found = /^wchar: (\d+)$/m.exec(textOf(`/proc/${pid}/io`));
  return found ? Number(found[1]) : undefined;
}
