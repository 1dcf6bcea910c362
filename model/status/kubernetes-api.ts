import { majorityOf } from "../placement/quorum";
import { counted, listed } from "../text";
import type { StatusItem } from "./types";

/** What an API server answered to its check; nobody answered where there is no status. */
export interface ApiAnswer {
  status?: number;
  /** Why there was no answer. */
  refused?: string;
}

/** What the API of a cluster says whose address this stack does not move. */
export interface KubernetesReading {
  /** Name in the stack file. */
  name: string;
  /** Whoever has the address: `kube-vip`, `talos`, `external`, `none`. */
  announcedBy: string;
  port: number;
  /** What is asked, and which statuses are good. */
  check: { path: string; statuses: readonly number[] };
  /** The API's own addresses, one of each family; none where it has none. */
  shared: readonly { address: string; answer: ApiAnswer }[];
  /** API servers at their own addresses. */
  masters: readonly { name: string; address: string; answer: ApiAnswer }[];
}

type Verdict = "good" | "bad" | "unclear";

/** Whether the API's address, and the API servers behind it, answer as the cluster's check wants it. */
export function judgeKubernetes(reading: KubernetesReading): StatusItem[] {
  const { shared } = reading;
  return [...shared.map((one) => judgeShared(reading, one)), judgeMasters(reading)];
}

/** A status that asks for a credential is neither the answer of a dead server nor that of a ready one. */
function verdictOf({ check }: KubernetesReading, { status }: ApiAnswer): Verdict {
  if (status === undefined) return "bad";
  if (check.statuses.includes(status)) return "good";
  return status === 401 || status === 403 ? "unclear" : "bad";
}

function wordsOf(reading: KubernetesReading, answer: ApiAnswer): string {
  const { check } = reading;
  if (answer.status === undefined) return answer.refused ?? "no answer";
  const said = `${check.path} answers ${answer.status}`;
  const expected = check.statuses.join(" or ");
  if (verdictOf(reading, answer) !== "unclear") return `${said}, expected ${expected}`;
  return `${said}, so it wants a credential, and whether it is ready could not be judged`;
}

function judgeShared(
  reading: KubernetesReading,
  { address, answer }: KubernetesReading["shared"][number],
): StatusItem {
  const { name, port, check, masters } = reading;
  const subject = `kubernetes.${name}`;
  const verdict = verdictOf(reading, answer);
  const where = `${address} (port ${port})`;
  if (verdict === "good") {
    const text = `${where}: ${check.path} answers ${answer.status}`;
    return { level: "ok", subject, text };
  }
  const words = wordsOf(reading, answer);
  if (verdict === "unclear") return { level: "unknown", subject, text: `${where}: ${words}` };
  const alive = masters.filter((one) => verdictOf(reading, one.answer) === "good");
  const though =
    alive.length === 0
      ? ""
      : `, though ${listed(alive.map((one) => one.name))} answer by themselves`;
  return {
    level: "problem",
    subject,
    text: `the API does not answer at ${where} from here${though}: ${words}`,
    fix: sharedFix(reading),
  };
}

function sharedFix({ announcedBy, masters }: KubernetesReading): string {
  switch (announcedBy) {
    case "kube-vip":
      return `look at kube-vip on ${listed(masters.map(({ name }) => name))}: crictl ps --name kube-vip, then crictl logs with its id`;
    case "talos":
      return `see which master has the address: talosctl --nodes ${masters.map(({ address }) => address).join(",")} get addresses`;
    default:
      return "look at what announces it; this stack does not know it";
  }
}

function judgeMasters(reading: KubernetesReading): StatusItem {
  const { name, masters, shared } = reading;
  const subject = `kubernetes.${name}`;
  const of = (verdict: Verdict) =>
    masters.filter(({ answer }) => verdictOf(reading, answer) === verdict);
  const [good, bad] = [of("good"), of("bad")];
  const rest = masters
    .filter((one) => !good.includes(one))
    .map((one) => `${one.name}: ${wordsOf(reading, one.answer)}`);
  const text = [
    `${good.length} of ${counted(masters.length, "API server")} answer as they should`,
    ...(rest.length > 0 ? [rest.join("; ")] : []),
  ].join(": ");
  if (rest.length === 0) return { level: "ok", subject, text };
  // Whoever reaches the API at its own address, and no master, has no way to the masters' network.
  const away = shared.some(({ answer }) => verdictOf(reading, answer) === "good");
  if (bad.length === 0 || (good.length === 0 && away)) {
    return { level: "unknown", subject, text };
  }
  const left = masters.length - bad.length - majorityOf(masters.length);
  const fix = `journalctl -n 100 on ${listed(bad.map((one) => one.name))}, or its console`;
  if (left > 0) return { level: "warning", subject, text, fix };
  const loss =
    left === 0
      ? "the loss of one more takes etcd's majority"
      : "etcd has no majority, if these do not run";
  return { level: "problem", subject, text: `${text}; ${loss}`, fix };
}
