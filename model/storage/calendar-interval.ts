const DAY = 1440;
const words: Record<string, number> = {
  minutely: 1,
  hourly: 60,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
  quarterly: 92 * DAY,
  semiannually: 184 * DAY,
  "semi-annually": 184 * DAY,
  yearly: 366 * DAY,
  annually: 366 * DAY,
};

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * Minutes of a schedule that is nothing but an interval: every quarter of an hour, `0/2:00`, `hourly`.
 *
 * @returns undefined for one that runs at certain hours or on certain days
 */
export function plainInterval(schedule: string): number | undefined {
  if (words[schedule] !== undefined && words[schedule] <= DAY) return words[schedule];
  const [, minutes] = /^(?:\*:0?)?[*0]\/(\d+)$/.exec(schedule) ?? [];
  if (minutes !== undefined) return Math.min(Math.max(Number(minutes), 1), 60);
  const [, hours] = /^[*0]\/(\d+):0*$/.exec(schedule) ?? [];
  if (hours !== undefined) return Math.min(Math.max(Number(hours), 1), 24) * 60;
  return /^\*:\d+$/.test(schedule) ? 60 : undefined;
}

/**
 * The longest time in minutes between two runs of a schedule that Proxmox takes: the data that may be
 * lost.
 *
 * @see model/storage/calendar-event.ts for the form
 * @returns undefined for one with dates, which repeats over years
 */
export function longestGapMinutes(schedule: string): number | undefined {
  if (words[schedule] !== undefined) return words[schedule];
  const parts = schedule.split(/ +/).filter((part) => !/^utc$/i.test(part));
  const days = /^[a-z]/i.test(schedule) ? daysOf(parts.shift() ?? "") : weekdays.map((_, at) => at);
  if (parts[0]?.includes("-")) return undefined;
  const [hours, minutes] = timesOf(parts[0] ?? "0:0");
  const runs = days
    .flatMap((day) =>
      hours.flatMap((hour) => minutes.map((minute) => day * DAY + hour * 60 + minute)),
    )
    .sort((a, b) => a - b);
  const [first] = runs;
  if (first === undefined) return undefined;
  const gaps = runs.map((at, index) => (runs[index + 1] ?? first + 7 * DAY) - at);
  return Math.max(...gaps);
}

function daysOf(text: string): number[] {
  const at = (name: string) => weekdays.indexOf(name.toLowerCase().slice(0, 3));
  const found = text.split(",").flatMap((range) => {
    const [from = "", to = from] = range.split("..");
    const [first, last] = [at(from), at(to)];
    // `sat..mon` goes round the end of the week.
    const length = (last - first + 7) % 7;
    return Array.from({ length: length + 1 }, (_, step) => (first + step) % 7);
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Hours and minutes; one number alone is a minute of every hour. */
function timesOf(text: string): [number[], number[]] {
  const fields = text.split(":");
  if (fields.length === 1) return [valuesOf("*", 24), valuesOf(fields[0] ?? "0", 60)];
  return [valuesOf(fields[0] ?? "0", 24), valuesOf(fields[1] ?? "0", 60)];
}

function valuesOf(text: string, size: number): number[] {
  const all = Array.from({ length: size }, (_, value) => value);
  const found = text.split(",").flatMap((part) => {
    const [range = "", step] = part.split("/");
    const [from = "", to] = range.split("..");
    const first = from === "*" ? 0 : Number(from);
    const last = to !== undefined ? Number(to) : from === "*" || step !== undefined ? size : first;
    return all.filter(
      (value) => value >= first && value <= last && (value - first) % Number(step ?? 1) === 0,
    );
  });
  return [...new Set(found)].sort((a, b) => a - b);
}
