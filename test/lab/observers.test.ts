import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { announcementIn } from "../../lab/instruments/arp";
import { changeIn } from "../../lab/instruments/masters";
import { stalledIn } from "../../lab/instruments/scheduler";
import { STATION_PROGRAMS, stationFile } from "../../lab/instruments/station-process";
import { median, quantile } from "../../lab/instruments/statistics";
import { startTicksIn } from "../../lab/machine/state";

const VIP = "10.77.0.100";

test("reads a gratuitous ARP, and no other, in the words of tcpdump", () => {
  const announcement =
    "22:53:01.204861 f6:47:5c:11:85:6e > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.77.0.100 (ff:ff:ff:ff:ff:ff) tell 10.77.0.100, length 28";
  const question =
    "22:53:01.204861 f6:47:5c:11:85:6e > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.77.0.100 tell 10.77.0.2, length 28";
  const other = announcement.replaceAll("10.77.0.100", "10.77.0.10");
  expect(announcementIn(announcement, VIP)).toBe("f6:47:5c:11:85:6e");
  expect([question, other].map((line) => announcementIn(line, VIP))).toEqual([
    undefined,
    undefined,
  ]);
});

test("reads who takes and gives up the address in the words of ip monitor", () => {
  const taken = `2: host0    inet ${VIP}/24 scope global secondary host0\\       valid_lft forever`;
  const other = "2: host0    inet 10.77.0.11/24 brd 10.77.0.255 scope global host0";
  expect(changeIn(taken, VIP)).toBe(true);
  expect(changeIn(`Deleted ${taken}`, VIP)).toBe(false);
  expect(changeIn(other, VIP)).toBeUndefined();
});

test("reads the time for which something waited for a processor", () => {
  const text = `some avg10=91.19 avg60=67.91 avg300=50.37 total=1379182048
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
`;
  expect(stalledIn(text)).toBe(1379182048);
});

test("tells a process by its start, whatever its name holds, and takes a zombie for gone", () => {
  const rest = "1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 477900 1 1";
  expect(startTicksIn(`18708 (a) b (c)) S ${rest}`)).toBe("477900");
  expect(startTicksIn(`18708 (systemd-nspawn) Z ${rest}`)).toBeUndefined();
});

test("a quantile is one of the measured values", () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 3, 5, 5]);
});

test("the median of an even number of values lies between the middle two", () => {
  expect([median([9, 1, 5]), median([1, 2, 4, 100])]).toEqual([5, 3]);
});

test.each(STATION_PROGRAMS)("%s is there to be started", (program) => {
  expect(existsSync(stationFile(program))).toBe(true);
});
