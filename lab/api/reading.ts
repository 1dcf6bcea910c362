import type { Request } from "../../model/drill/requests";
import type { Reading } from "../scenarios/scenario";
import type { Stream } from "./client";

/** What may become of requests and streams in a fault; times of the machine's monotonic clock. */
export interface Allowed {
  atMs: number;
  /** Until when a request may begin that is lost. */
  lostUntilMs: number;
  /** Masters whose streams may be cut. @default those of every master, as when the address moves */
  cutOf?: readonly string[];
  /** Streams in all. */
  streams: number;
}

/** Says what the client met, and what of it should not have been. */
export function readClient(
  requests: readonly Request[],
  streams: readonly Stream[],
  allowed: Allowed,
): Reading {
  const { atMs, lostUntilMs, cutOf } = allowed;
  const lost = requests.filter(({ outcome }) => outcome !== "ok");
  const late = lost.filter(({ startMs }) => startMs > lostUntilMs);
  const cut = streams.filter(({ cutMs = 0 }) => cutMs >= atMs);
  const strange = cutOf ? cut.filter(({ master }) => !cutOf.includes(master)) : [];
  const wrong = [
    late.length > 0
      ? `${late.length} requests that began up to ${after(atMs, late.at(-1)?.startMs)} after the fault were lost, expected none from ${after(atMs, lostUntilMs)}`
      : "",
    strange.length > 0
      ? `${strange.length} watch streams of ${namesOf(strange)} were cut, expected none`
      : "",
    openInTheEnd(streams) < allowed.streams
      ? `only ${openInTheEnd(streams)} of ${allowed.streams} watch streams were open in the end`
      : "",
  ].filter(Boolean);
  const slowest = Math.max(
    0,
    ...requests
      .filter(({ outcome, endMs }) => outcome === "ok" && endMs >= atMs)
      .map(({ startMs, endMs }) => endMs - startMs),
  );
  const note = [
    cut.length === 0
      ? `all ${allowed.streams} watch streams stayed open`
      : `${allowed.streams} watch streams: ${cut.length} cut (${namesOf(cut)}), the last one open again ${after(atMs, reopenedMs(streams, atMs))} after the fault`,
    `slowest answer ${(slowest / 1000).toFixed(2)} s`,
  ];
  return {
    note: note.join(", "),
    ...(wrong.length > 0 && { wrong: wrong.join("; ") }),
  };
}

/** Whether every request after a moment failed at once, which is what clients need when nobody can answer. */
export function readRefusals(
  requests: readonly Request[],
  fromMs: number,
  atOnceMs: number,
): Reading {
  const all = requests.filter(({ startMs }) => startMs >= fromMs);
  const answered = all.filter(({ outcome }) => outcome === "ok").length;
  const slow = all.filter(({ startMs, endMs }) => endMs - startMs > atOnceMs);
  const longest = Math.max(0, ...all.map(({ startMs, endMs }) => endMs - startMs));
  if (all.length === 0) return { wrong: "no request was sent while every master was down" };
  if (answered > 0) {
    return {
      wrong: `${answered} of ${all.length} requests were answered though every master was down`,
    };
  }
  return {
    note: `${all.length} requests refused, each within ${Math.round(longest)} ms`,
    ...(slow.length > 0 && {
      wrong: `${slow.length} of ${all.length} requests waited longer than ${atOnceMs} ms for a refusal, up to ${Math.round(longest)} ms`,
    }),
  };
}

function openInTheEnd(streams: readonly Stream[]): number {
  return streams.filter(({ cutMs }) => cutMs === undefined).length;
}

function reopenedMs(streams: readonly Stream[], atMs: number): number | undefined {
  const times = streams.map(({ openMs }) => openMs).filter((openMs) => openMs >= atMs);
  return times.length === 0 ? undefined : Math.max(...times);
}

function namesOf(streams: readonly Stream[]): string {
  return [...new Set(streams.map(({ master }) => master))].sort().join(", ");
}

function after(atMs: number, ms: number | undefined): string {
  return ms === undefined ? "never" : `${((ms - atMs) / 1000).toFixed(2)} s`;
}
