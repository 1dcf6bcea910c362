import { foreign } from "../foreign-text";

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

/** Longest reason of a member that is repeated. */
const LONGEST_REASON = 300;

/**
 * Reads what `standingScript` prints. Nothing in it is believed: a word that is none of the script's is left out, and
 * a member that does not say that it is fit counts as not healthy, whatever else it says or keeps to itself.
 */
export function readStanding(name: string, priority: number, printed: string): Standing {
  const lines = printed.split("\n");
  const after = (word: string) =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const [drained, said, sick] = [after("aside"), after("state"), after("sick")];
  const state = said !== undefined && /^[A-Z]{4,12}$/.test(said) ? said : undefined;
  const unhealthy =
    sick !== undefined
      ? foreign(sick, LONGEST_REASON) || "it does not say why"
      : lines.includes("fit")
        ? undefined
        : "its answer is not whole: it does not say whether it is healthy";
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
