import type { MemberReading } from "./member-reading";

/** What is more recent than this is worth a word. */
const RECENT_SEC = 600;

/** Time of day in UTC. */
const clock = (sec: number) => new Date(sec * 1000).toISOString().slice(11, 19);

/**
 * What happened on a member lately and is over: a fault that healed by itself is named by what it left, with its
 * time and what was started at that time.
 *
 * @param takenAt Unix seconds of the look
 */
export function recentChanges(takenAt: number, member: MemberReading): string[] {
  const { changedAt, steps = [], starts = [], bootedAt } = member;
  const recent = (at: number | undefined): at is number =>
    at !== undefined && takenAt - at >= 0 && takenAt - at < RECENT_SEC;
  const booted = recent(bootedAt) ? [`the host started at ${clock(bootedAt)}`] : [];
  const again = starts
    .filter(({ at, again: count }) => count > 0 && recent(at))
    .map(
      ({ unit, at, again: count }) =>
        `${unit} ended by itself and was started again at ${clock(at)}${count > 1 ? `, ${count} times in all` : ""}`,
    );
  // With the host everything starts.
  const byHand = starts
    .filter(({ at, again: count }) => count === 0 && recent(at) && booted.length === 0)
    .map(({ unit, at }) => `${unit} was started at ${clock(at)}`);
  if (!recent(changedAt)) {
    const over = [...booted, ...again];
    return over.length === 0 ? [] : [withUtc(over.join("; "))];
  }
  const states = steps
    .filter(({ at }) => recent(at))
    .map(({ at, state }) => `${clock(at)} ${state}`)
    .join(", ");
  const minutes = Math.max(1, Math.round((takenAt - changedAt) / 60));
  const what = [states, ...booted, ...again, ...byHand].filter((text) => text !== "").join("; ");
  const why = what === "" ? "" : ` (${withUtc(what)})`;
  return [`keepalived changed its state ${minutes} min ago${why}`];
}

const withUtc = (text: string) => `${text} UTC`;
