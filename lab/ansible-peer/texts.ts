import { z } from "zod";
/** A script that the component runs on a host, with what it reads. */
export interface HostScript {
  script: string;
  stdin: string;
}

/** A file that the component puts on a host. */
const hostText = z.object({
  /** Absolute path. */
  path: z.string(),
  content: z.string(),
  /** Access mode as four octal digits. */
  mode: z.string(),
});

export type HostText = z.output<typeof hostText>;

/** What decides that a member is healthy. */
const memberHealth = z.object({
  /** Units that run, in the order in which they start. */
  units: z.array(z.string()),
  url: z.string(),
  /** Seconds without a failure. */
  settleSec: z.number(),
});

export type MemberHealth = z.output<typeof memberHealth>;

/** What the component puts on the hosts, and what has to be true of them then. */
export const peerTexts = z.object({
  /** Files by host. */
  texts: z.record(z.string(), z.array(hostText)),
  health: memberHealth,
});

export type PeerTexts = z.output<typeof peerTexts>;

/** The files among the scripts; `templates/host-file.ts` says on the first line which one it is. */
export function textsIn(scripts: readonly HostScript[]): Record<string, HostText[]> {
  const texts: Record<string, HostText[]> = {};
  for (const { script, stdin } of scripts) {
    const [, path, host] = /^# file (\S+) on (\S+), sha256 /.exec(script) ?? [];
    if (path === undefined || host === undefined) continue;
    const mode = found(/ chmod (0[0-7]{3}) "\$NEW"/, script, `mode of ${path}`);
    texts[host] = [...(texts[host] ?? []), { path, content: stdin, mode }];
  }
  return texts;
}

/** What a health script asks for, so that both wait for the same (`templates/health.ts`). */
export function healthIn(script: string): MemberHealth {
  return {
    units: found(/^systemctl start (.+)$/m, script, "units").split(" "),
    url: found(/^ {2}curl .* (http\S+) 2>/m, script, "URL"),
    settleSec: Number(found(/\$good" -lt (\d+) \]/, script, "settling time")),
  };
}

function found(pattern: RegExp, script: string, what: string): string {
  const text = pattern.exec(script)?.[1];
  if (text !== undefined) return text;
  throw new Error(
    `lab/ansible-peer/texts.ts: found no ${what} in the component's script; correct the pattern`,
  );
}
