import { expect, test } from "vitest";
import { calendarEventMistake } from "../../../model/storage/calendar-event";

// The examples of the administration guide and of the backup server's page about calendar events.
test.each([
  "02:00",
  "mon,tue,wed,thu,fri",
  "mon..fri",
  "sat,sun",
  "mon,wed,fri",
  "12:05",
  "*/5",
  "mon..wed 30/10",
  "mon..fri 8..17,22:0/15",
  "fri 12..13:5/20",
  "12,14,16,18,20,22:5",
  "*",
  "*/2:00",
  "daily",
  "semi-annually",
  "mon *-*-* 00:00:00",
  "*-01,04,07,10-01 00:00:00",
  "sat *-1..7 15:00",
  "2015-10-21",
  "Monday..Wed,sun 1:30",
  "sun..tue 1:30",
  "02:00 UTC",
])("the schedule %s is taken", (text) => {
  expect(calendarEventMistake(text)).toBeUndefined();
});

test("rejects what Proxmox would refuse, with the reason", () => {
  const texts = [
    "",
    "24:00",
    "2:60",
    "02:00:61",
    "0 2 * * *",
    "*/15 * * * *",
    "2am",
    "at night",
    "mo 02:00",
    "mon-fri 02:00",
    "mon...fri 02:00",
    "02:00 mon",
    "02.00",
    "13-01",
    "2026-02-30-1",
    "17..8:00",
    "0/0:00",
    "Daily",
    "1:2:3:4",
    "02:00 02:00",
  ];
  const mistakes = texts.map((text) => [text, calendarEventMistake(text)]);
  expect(Object.fromEntries(mistakes)).toMatchInlineSnapshot(`
    {
      "": "it is empty",
      "*/15 * * * *": "that is the form of cron",
      "0 2 * * *": "that is the form of cron",
      "0/0:00": ""0/0" repeats every 0",
      "02.00": ""02.00" is no minute",
      "02:00 02:00": "unexpected "02:00" after the time",
      "02:00 mon": "unexpected "mon" after the time",
      "02:00:61": "61 is no second (0 to 59)",
      "13-01": "13 is no month (1 to 12)",
      "17..8:00": ""17..8" ends before it begins",
      "1:2:3:4": ""1:2:3:4" is not a time (HOURS:MINUTES[:SECONDS])",
      "2026-02-30-1": ""2026-02-30-1" is not a date ([YEARS-]MONTHS-DAYS)",
      "24:00": "24 is no hour (0 to 23)",
      "2:60": "60 is no minute (0 to 59)",
      "2am": ""2am" is no minute",
      "Daily": ""Daily" is not a weekday (mon to sun)",
      "at night": ""at" is not a weekday (mon to sun)",
      "mo 02:00": ""mo" is not a weekday (mon to sun)",
      "mon-fri 02:00": ""mon-fri" is not a weekday (mon to sun)",
      "mon...fri 02:00": ""mon...fri" is not a weekday (mon to sun)",
    }
  `);
});
