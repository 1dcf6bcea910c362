import { judgeRequests, type Request } from "../../model/drill/requests";
import type { Reading } from "../scenarios/scenario";
import type { Seen, Stream } from "./client";

/** What may become of requests and streams in a fault; times of the machine's monotonic clock. */
export interface Allowed {
  atMs: number;
  /** Until when a request may begin that is lost. */
  lostUntilMs: number;
  /** Masters whose streams may be cut. @default those of every master, as when the address moves */
  cutOf?: readonly string[];
  /**
   * The same for requests that need etcd. @default `lostUntilMs`, since etcd has lost nobody
   */
  storeLostUntilMs?: number;
  /** Streams in all. */
  streams: number;
}

/** Says what the client met, and what of it should not have been. */
export function readClient({ requests, reads, writes, streams }: Seen, allowed: Allowed): Reading {
  const { atMs, lostUntilMs, storeLostUntilMs = lostUntilMs, cutOf } = allowed;
  const cut = streams.filter(({ cutMs = 0 }) => cutMs >= atMs);
  const strange = cutOf ? cut.filter(({ master }) => !cutOf.includes(master)) : [];
  const wrong = [
    lateLosses("requests", requests, atMs, lostUntilMs),
    lateLosses("reads of etcd", reads, atMs, storeLostUntilMs),
    lateLosses("writes", writes, atMs, storeLostUntilMs),
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
    storeText("reads of etcd", reads, atMs),
    storeText("writes", writes, atMs),
  ];
  return {
    note: note.filter(Boolean).join(", "),
    ...(wrong.length > 0 && { wrong: wrong.join("; ") }),
  };
}

function lateLosses(
  what: string,
  requests: readonly Request[],
  atMs: number,
  untilMs: number,
): string {
  const late = requests.filter(({ outcome, startMs }) => outcome !== "ok" && startMs > untilMs);
  if (late.length === 0) return "";
  const last = Math.max(...late.map(({ startMs }) => startMs));
  return `${late.length} ${what} that began up to ${after(atMs, last)} after the fault were lost, expected none from ${after(atMs, untilMs)}`;
}

function storeText(what: string, requests: readonly Request[], atMs: number): string {
  if (requests.length === 0) return "";
  const { lost, longestGapMs } = judgeRequests(requests, atMs);
  return `${what}: longest gap ${(longestGapMs / 1000).toFixed(2)} s, lost ${lost} of ${requests.length}`;
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
