import { expect, test } from "vitest";
import { readMember } from "../../../model/status/member-reading";
import { recentChanges } from "../../../model/status/recent";

/** 2026-09-21, 14:13:20 UTC. */
const NOW = 1_790_000_000;

const member = (printed: string) =>
  readMember(
    {
      ...{ name: "alpha", priority: 150 },
      facts: { units: [], configuration: false, servers: false, starts: ["traefik", "keepalived"] },
    },
    printed,
    NOW,
  );

test.each([
  {
    what: "nothing happened lately",
    printed: `changed ${NOW - 700}\nstep ${NOW - 700} MASTER\nstarted traefik ${NOW - 4000} 3\nbooted ${NOW - 90_000}\n`,
    said: [],
  },
  {
    what: "keepalived was killed, and systemd started it again",
    printed: `changed ${NOW - 60}\nstep ${NOW - 61} BACKUP\nstep ${NOW - 60} MASTER\nstarted keepalived ${NOW - 62} 1\nstarted traefik ${NOW - 9000} 0\n`,
    said: [
      "keepalived changed its state 1 min ago (14:12:19 BACKUP, 14:12:20 MASTER; keepalived ended by itself and was started again at 14:12:18 UTC)",
    ],
  },
  {
    what: "the host was off",
    printed: `changed ${NOW - 120}\nstep ${NOW - 120} MASTER\nstarted traefik ${NOW - 125} 0\nbooted ${NOW - 130}\n`,
    said: [
      "keepalived changed its state 2 min ago (14:11:20 MASTER; the host started at 14:11:10 UTC)",
    ],
  },
  {
    what: "the service ended three times, and keepalived did not mind",
    printed: `changed ${NOW - 9000}\nstarted traefik ${NOW - 30} 3\n`,
    said: ["traefik ended by itself and was started again at 14:12:50, 3 times in all UTC"],
  },
  {
    what: "somebody restarted the service",
    printed: `changed ${NOW - 20}\nstep ${NOW - 20} BACKUP\nstarted traefik ${NOW - 21} 0\n`,
    said: [
      "keepalived changed its state 1 min ago (14:13:00 BACKUP; traefik was started at 14:12:59 UTC)",
    ],
  },
  {
    what: "the member tells what it was not asked for, and no states",
    printed: `changed ${NOW - 20}\nstep soon MASTER\nstep ${NOW} ; rm -rf /\nstarted sshd ${NOW - 5} 9\nbooted never\n`,
    said: ["keepalived changed its state 1 min ago"],
  },
])("$what", ({ printed, said }) => {
  expect(recentChanges(NOW, member(printed))).toEqual(said);
});
