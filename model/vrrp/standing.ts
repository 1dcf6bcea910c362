/** How a member stands towards its virtual address. */
export interface Standing {
  name: string;
  priority: number;
  /** Whether it has the virtual address. */
  master: boolean;
  /** Whether it is drained. @default its keepalived cannot be drained yet */
  drained?: boolean;
  /** What keepalived told last, e.g. `BACKUP`. @default it told nothing yet */
  state?: string;
  /** Why it is not fit to have the address. @default it is */
  unhealthy?: string;
}

/** Reads what `standingScript` prints. */
export function readStanding(name: string, priority: number, printed: string): Standing {
  const lines = printed.split("\n");
  const after = (word: string) =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const [drained, state, unhealthy] = [after("aside"), after("state"), after("sick")];
  return {
    name,
    priority,
    master: lines.includes("owner"),
    ...(drained !== undefined && { drained: drained !== "0" }),
    ...(state !== undefined && { state }),
    ...(unhealthy !== undefined && { unhealthy }),
  };
}

/** Whether keepalived itself says that this member does not have the address, whatever the others do. */
export const isFaulty = (state: string | undefined) => state === "FAULT" || state === "STOP";
