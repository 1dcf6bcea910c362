const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const words = [
  "minutely",
  "hourly",
  "daily",
  "weekly",
  "monthly",
  "yearly",
  "annually",
  "quarterly",
  "semiannually",
  "semi-annually",
];

/** What one field of a date or time may hold. */
interface Field {
  name: string;
  first: number;
  last: number;
}

const field = (name: string, first: number, last: number): Field => ({ name, first, last });

const year = field("year", 0, 2199);
const month = field("month", 1, 12);
const day = field("day", 1, 31);
const hour = field("hour", 0, 23);
const minute = field("minute", 0, 59);
const second = field("second", 0, 59);

/**
 * Why Proxmox would refuse a schedule; undefined for one that it takes. The form is
 * `[WEEKDAY] [[YEARS-]MONTHS-DAYS] [[HOURS:]MINUTES[:SECONDS]]`, a part of systemd's.
 *
 * @see https://pve.proxmox.com/pve-docs/pve-admin-guide.html "Schedule Format"
 * @see https://git.proxmox.com/?p=proxmox.git;a=blob;f=proxmox-time/src/calendar_event.rs `parse_calendar_event`
 */
export function calendarEventMistake(text: string): string | undefined {
  if (words.includes(text)) return undefined;
  const parts = text.split(/ +/);
  if (text.trim() === "") return "it is empty";
  if (parts.length === 5 && parts.every((part) => /^[\d*,/-]+$/.test(part))) {
    return "that is the form of cron";
  }
  const days = /^[a-z]/i.test(text) ? parts.shift() : undefined;
  const date = parts[0]?.includes("-") ? parts.shift() : undefined;
  const time = parts.shift();
  if (parts.length > 0 && !(parts.length === 1 && /^utc$/i.test(parts[0] ?? ""))) {
    return `unexpected "${parts.join(" ")}" after the time`;
  }
  return (
    (days === undefined ? undefined : weekdayMistake(days)) ??
    (date === undefined ? undefined : dateMistake(date)) ??
    (time === undefined ? undefined : timeMistake(time))
  );
}

function weekdayMistake(text: string): string | undefined {
  const wrong = text
    .split(",")
    .flatMap((range) => (/^[^.]*\.\.[^.]*$/.test(range) ? range.split("..") : [range]))
    .find((name) => !isWeekday(name.toLowerCase()));
  return wrong === undefined ? undefined : `"${wrong}" is not a weekday (mon to sun)`;
}

function isWeekday(name: string): boolean {
  return weekdays.some((weekday) => name === weekday || name === weekday.slice(0, 3));
}

function dateMistake(text: string): string | undefined {
  const values = text.split("-");
  if (values.length > 3) return `"${text}" is not a date ([YEARS-]MONTHS-DAYS)`;
  return firstMistake(values, values.length === 3 ? [year, month, day] : [month, day]);
}

function timeMistake(text: string): string | undefined {
  const values = text.split(":");
  if (values.length > 3) return `"${text}" is not a time (HOURS:MINUTES[:SECONDS])`;
  // One number alone is a minute of every hour, which is rarely what was meant.
  return firstMistake(values, values.length === 1 ? [minute] : [hour, minute, second]);
}

function firstMistake(values: readonly string[], fields: readonly Field[]): string | undefined {
  return values
    .map((value, index) => valuesMistake(value, fields[index] ?? second))
    .find((mistake) => mistake !== undefined);
}

/** A list of numbers, ranges (`8..17`) and repetitions (`0/15`), or `*`, or `*` with a repetition. */
function valuesMistake(text: string, { name, first, last }: Field): string | undefined {
  if (text === "*") return undefined;
  const whole = text.startsWith("*/") ? [`${first}${text.slice(1)}`] : text.split(",");
  for (const value of whole) {
    const match = /^(\d+)(?:(\.\.|\/)(\d+))?$/.exec(value);
    if (!match) return `"${value}" is no ${name}`;
    const [from, sign, to] = [Number(match[1]), match[2], Number(match[3] ?? match[1])];
    const high = [from, to].find((number) => number > last);
    if (high !== undefined) return `${high} is no ${name} (${first} to ${last})`;
    if (from < first) return `${from} is no ${name} (${first} to ${last})`;
    if (sign === ".." && from > to) return `"${value}" ends before it begins`;
    if (sign === "/" && to === 0) return `"${value}" repeats every 0`;
  }
  return undefined;
}
