import { nowMs } from "../../clients/steady/clock";
import { follow } from "../machine/lines";
import { CLIENT } from "../machine/network";

/** An unasked announcement of who has an address; the client and switches learn from it. */
export interface Announcement {
  /** When the client's machine saw it, in milliseconds of the monotonic clock. */
  atMs: number;
  /** Hardware address of the new master. */
  mac: string;
}

/** A gratuitous ARP in a line of `tcpdump -e -n`: the sender names its own address as the target. */
export function announcementIn(line: string, address: string): string | undefined {
  const mac = /([0-9a-f]{2}(?::[0-9a-f]{2}){5}) >/.exec(line)?.[1];
  const asked = new RegExp(`who-has ${address.replaceAll(".", "\\.")} .*tell ([0-9.]+\\d)`);
  return asked.exec(line)?.[1] === address ? mac : undefined;
}

/** Listens in the client's namespace from now on. */
export function watchArp(address: string, seen: (announcement: Announcement) => void) {
  const filter = `arp and arp host ${address}`;
  const tcpdump = ["tcpdump", "-l", "-n", "-e", "--immediate-mode", "-i", "eth0", filter];
  const command = ["nsenter", `--net=/run/netns/${CLIENT.name}`, ...tcpdump];
  return follow("tcpdump", command, (line) => {
    const mac = announcementIn(line, address);
    if (mac !== undefined) seen({ atMs: nowMs(), mac });
  });
}
