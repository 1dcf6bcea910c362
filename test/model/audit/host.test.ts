import { expect, test } from "vitest";
import { audit, type HostEvidence } from "../../../model/audit/audit";
import {
  bootsFromJournal,
  bootsFromLast,
  corosyncLinks,
  edacCounters,
  hostEvidence,
} from "../../../model/audit/host";
import { broken, line, sound, takenAt } from "./data";
import { hostOutput } from "./recorded";

test("what a sound node prints is read whole, and there is nothing to say of it", () => {
  const host = hostEvidence("a", hostOutput());
  expect(host).toMatchInlineSnapshot(`
    {
      "edac": [
        {
          "controller": "mc0",
          "corrected": 0,
          "uncorrected": 0,
        },
      ],
      "links": [
        {
          "address": "10.0.0.1",
          "id": 0,
          "peers": [
            {
              "connected": true,
              "nodeId": 2,
            },
            {
              "connected": true,
              "nodeId": 3,
            },
          ],
        },
      ],
      "log": [
        "2026-12-01T07:00:02+0100 a kernel: EDAC MC: Ver: 3.0.0",
      ],
      "node": "a",
      "services": {
        "corosync": "active",
        "pve-ha-crm": "active",
        "pve-ha-lrm": "active",
        "watchdog-mux": "active",
      },
      "watchdogs": [
        "Software Watchdog",
      ],
    }
  `);
  expect(audit({ cluster: sound(), hosts: [host] })).toEqual([]);
});

test("rejects an answer that breaks off, because half of it would look sound", () => {
  expect(() => hostEvidence("a", hostOutput().replace("== audit end\n", ""))).toThrow(
    "the answer breaks off",
  );
});

test("links of corosync and whom they reach", () => {
  const output = [
    "Local node ID 1, transport knet",
    "LINK ID 0 udp",
    "\taddr\t= 192.168.1.137",
    "\tstatus:",
    "\t\tnodeid:          1:\tlocalhost",
    "\t\tnodeid:          2:\tconnected",
    "\t\tnodeid:          3:\tdisconnected",
    "LINK ID 1 udp",
    "\taddr\t= 10.10.10.1",
    "\tstatus:",
    "\t\tnodeid:          1:\tlocalhost",
    "\t\tnodeid:          2:\tconnected",
    "\t\tnodeid:          3:\tconnected",
  ].join("\n");
  expect(corosyncLinks(output)).toEqual([
    {
      id: 0,
      address: "192.168.1.137",
      peers: [
        { nodeId: 2, connected: true },
        { nodeId: 3, connected: false },
      ],
    },
    {
      id: 1,
      address: "10.10.10.1",
      peers: [
        { nodeId: 2, connected: true },
        { nodeId: 3, connected: true },
      ],
    },
  ]);
  expect(corosyncLinks("Could not initialize corosync configuration API error 2\n")).toEqual([]);
});

test("counters of every memory controller", () => {
  const output = [
    "/sys/devices/system/edac/mc/mc0/ce_count:12",
    "/sys/devices/system/edac/mc/mc1/ce_count:0",
    "/sys/devices/system/edac/mc/mc0/ue_count:1",
    "/sys/devices/system/edac/mc/mc1/ue_count:0",
  ].join("\n");
  expect(edacCounters(output)).toEqual([
    { controller: "mc0", corrected: 12, uncorrected: 1 },
    { controller: "mc1", corrected: 0, uncorrected: 0 },
  ]);
  expect(edacCounters("")).toEqual([]);
});

test("last(1): a start that no shutdown precedes was unclean, the oldest says nothing", () => {
  const output = [
    "reboot   system boot  6.14.8-2-pve     2025-11-10T08:36:30+01:00   still running",
    "reboot   system boot  6.14.8-2-pve     2025-11-10T01:48:02+01:00   still running",
    "shutdown system down  6.14.8-2-pve     2025-11-10T01:46:11+01:00 - 2025-11-10T01:48:02+01:00  (00:01)",
    "reboot   system boot  6.14.8-2-pve     2025-10-02T20:11:40+02:00 - 2025-11-10T01:46:11+01:00 (38+06:34)",
    "",
    "wtmp begins 2025-10-02T20:11:40+02:00",
  ].join("\n");
  expect(bootsFromLast(output)).toEqual([
    { startSec: Date.parse("2025-11-10T07:36:30Z") / 1000, clean: false },
    {
      startSec: Date.parse("2025-11-10T00:48:02Z") / 1000,
      clean: true,
      beforeSec: Date.parse("2025-11-10T00:46:11Z") / 1000,
    },
  ]);
});

test("the journal: a boot whose log just ends was cut off", () => {
  const boot = (index: number, first: number, last: number) => ({
    index,
    boot_id: `0${-index}`,
    first_entry: first * 1e6,
    last_entry: last * 1e6,
  });
  const output = `${JSON.stringify([boot(-2, 100, 200), boot(-1, 210, 300), boot(0, 310, 400)])}\nend -1 0\nend -2 2\nend -3 0`;
  expect(bootsFromJournal(output)).toEqual([
    { startSec: 310, clean: false, beforeSec: 300 },
    { startSec: 210, clean: true, beforeSec: 200 },
  ]);
  expect(bootsFromJournal("Specifying boot ID has no effect\nend -1 0")).toEqual([]);
});

/** Evidence of a sound node with something changed. */
const host = (node: string, more: Partial<HostEvidence>): HostEvidence => ({
  ...hostEvidence(node, hostOutput()),
  ...more,
});
const found = (...hosts: HostEvidence[]) => audit({ cluster: sound(), hosts }).map(line);
const igen6 = (address: string) => [
  "2025-11-10T08:36:35+0100 a kernel: EDAC igen6 MC0: HANDLING IBECC MEMORY ERROR",
  `2025-11-10T08:36:35+0100 a kernel: EDAC igen6 MC0: ADDR ${address} `,
];
const counted = (corrected: number, uncorrected: number) => [
  { controller: "mc0", corrected, uncorrected },
];

test("memory errors are critical; the false alarm of igen6_edac is not, once its counters are read", () => {
  expect({
    real: found(host("a", { log: igen6("0x12e4c0a40"), edac: counted(1, 0) })),
    uncorrected: found(host("a", { edac: counted(3, 1) })),
    falseAlarm: found(host("a", { log: igen6("0x7fffffffe0"), edac: counted(0, 0) })),
    falseAlarmUnread: found(host("a", { log: igen6("0x7fffffffe0"), edac: undefined })),
    falseAddressWithErrors: found(host("a", { log: igen6("0x7fffffffe0"), edac: counted(5, 0) })),
    drivers: found(
      host("a", {
        log: [
          "kernel: EDAC MC: Ver: 3.0.0",
          "kernel: EDAC MC0: Giving out device to module igen6_edac controller Intel_client_SoC MC#0",
          "kernel: MCE: In-kernel MCE decoding enabled.",
          "kernel: EXT4-fs (dm-1): mounted filesystem with ordered data mode",
        ],
      }),
    ),
  }).toMatchInlineSnapshot(`
    {
      "drivers": [],
      "falseAddressWithErrors": [
        "critical memory-errors [node a] its kernel reports memory errors, 1 line (EDAC counts 5 corrected errors and 0 uncorrected errors since it started); test its memory (memtest86+), replace the module; until then keep what matters off a",
      ],
      "falseAlarm": [
        "note memory-errors [node a] IBECC memory errors are logged, all at the address 0x7fffffffe0 and with EDAC counters at zero: a known false alarm of the driver igen6_edac; nothing; a newer kernel is quiet",
      ],
      "falseAlarmUnread": [
        "warning memory-errors [node a] IBECC memory errors are logged, all at the address 0x7fffffffe0: probably the known false alarm of the driver igen6_edac; read the counters to be sure (--identity, or grep . /sys/devices/system/edac/mc/mc*/*_count): zero means false alarm",
      ],
      "real": [
        "critical memory-errors [node a] its kernel reports memory errors, 1 line (EDAC counts 1 corrected error and 0 uncorrected errors since it started); test its memory (memtest86+), replace the module; until then keep what matters off a",
      ],
      "uncorrected": [
        "critical memory-errors [node a] its memory has errors (EDAC counts 3 corrected errors and 1 uncorrected error since it started); some could not be corrected; test its memory (memtest86+), replace the module; until then keep what matters off a",
      ],
    }
  `);
});

test("file systems and disks", () => {
  expect(
    found(
      host("b", {
        log: [
          "2025-11-10T08:37:20+0100 b kernel: EXT4-fs error (device dm-16): ext4_journal_check_start:84: comm systemd-journal: Detected aborted journal",
          "2025-11-10T08:42:02+0100 b kernel: EXT4-fs (dm-14): error count since last fsck: 3",
          "2025-11-10T08:42:02+0100 b kernel: I/O error, dev nvme0n1, sector 123456 op 0x0:(READ) flags 0x0",
        ],
      }),
    ),
  ).toMatchInlineSnapshot(`
    [
      "warning file-system-errors [node b] its kernel reports file-system errors on dm-16 (1 line); see which disk it is (lsblk): no container here has a file system that the node can check; then restore what is damaged",
      "warning file-system-errors [node b] its kernel reports file systems with errors from before on dm-14 (1 line); see which disk it is (lsblk): no container here has a file system that the node can check",
      "warning file-system-errors [node b] its kernel reports read or write errors of a disk on nvme0n1 (1 line); read what the disk says of itself, and replace it: smartctl -a /dev/<disk>",
    ]
  `);
});

test("watchdogs and the services of HA", () => {
  const services = (more: Record<string, string>) => ({
    ...hostEvidence("a", hostOutput()).services,
    ...more,
  });
  expect({
    mux: found(host("a", { services: services({ "watchdog-mux": "failed" }) })),
    none: found(host("a", { watchdogs: [] })),
    hardware: found(host("a", { watchdogs: ["iTCO_wdt", "Software Watchdog"] })),
    used: found(host("a", { watchdogs: ["iTCO_wdt"], watchdogModule: "iTCO_wdt" })),
  }).toMatchInlineSnapshot(`
    {
      "hardware": [
        "note watchdog [node a] it fences itself by the kernel's softdog though it has iTCO_wdt: a kernel that hangs does not reset itself; name the hardware's module in /etc/default/pve-ha-manager (WATCHDOG_MODULE), then restart the node",
      ],
      "mux": [
        "critical watchdog [node a] watchdog-mux is failed: a node that loses quorum is not reset, so its guests cannot be started elsewhere safely; systemctl restart watchdog-mux, and read its log",
      ],
      "none": [
        "critical watchdog [node a] it has no watchdog: fencing cannot work; load softdog (modprobe softdog), or a hardware watchdog in /etc/default/pve-ha-manager",
      ],
      "used": [],
    }
  `);
});

test("a link that is down is a warning while another reaches the node", () => {
  const link = (id: number, connected: boolean) => ({
    id,
    address: `10.0.${id}.1`,
    peers: [
      { nodeId: 2, connected: true },
      { nodeId: 3, connected },
    ],
  });
  expect(found(host("a", { links: [link(0, false), link(1, true)] }))).toMatchInlineSnapshot(`
    [
      "warning corosync-links [node a] link 0 (10.0.0.1) does not reach c; see cable, switch and address of link 0: corosync-cfgtool -s",
    ]
  `);
  expect(found(host("a", { links: [link(0, false), link(1, false)] }))).toMatchInlineSnapshot(`
    [
      "critical corosync-links [node a] link 0 (10.0.0.1) does not reach c, and no other link reaches c; see cable, switch and address of link 0: corosync-cfgtool -s",
      "critical corosync-links [node a] link 1 (10.0.1.1) does not reach c, and no other link reaches c; see cable, switch and address of link 1: corosync-cfgtool -s",
    ]
  `);
});

const boot = (agoSec: number, clean = false) => ({ startSec: takenAt - agoSec, clean });

test("an unclean start is critical for thirty days, and a clean one is nothing", () => {
  expect(found(host("a", { boots: [boot(7200)] }))).toMatchInlineSnapshot(`
    [
      "critical unclean-reboot [node a] it went down without being shut down 2 hours ago (up again 2027-01-15 06:00 UTC); find the cause: memory and file-system errors below, power, heat, a reset by the watchdog (on a: journalctl -b -1 -n 100)",
    ]
  `);
  expect(
    found(host("a", { boots: [boot(7200), boot(86_400 * 3), boot(86_400 * 40)] }))[0],
  ).toContain("2 times in 30 days, last 2 hours ago");
  expect(found(host("a", { boots: [boot(86_400 * 40)] }))[0]).toMatch(/^note unclean-reboot/);
  expect(found(host("a", { boots: [boot(7200, true)] }))).toEqual([]);
});

test("nodes that fall together are told with the known cause, and with its signs where the logs have them", () => {
  const cut = [
    "2027-01-14T05:59:01+0000 a corosync[1301]:   [KNET  ] link: host: 2 link: 0 is down",
    "2027-01-14T05:59:03+0000 a corosync[1301]:   [TOTEM ] Token has not been received in 2737 ms",
    "2027-01-14T05:59:58+0000 a watchdog-mux[702]: client (PID 1402) watchdog expired - disable watchdog updates",
  ];
  const a = host("a", { boots: [boot(7200)], log: cut });
  const b = host("b", { boots: [boot(7320)] });
  const findings = audit({ cluster: sound(), hosts: [a, b] });
  expect(findings.map(line)).toMatchInlineSnapshot(`
    [
      "critical unclean-reboot [node a] it went down without being shut down 2 hours ago (up again 2027-01-15 06:00 UTC); find the cause: memory and file-system errors below, power, heat, a reset by the watchdog (on a: journalctl -b -1 -n 100)",
      "critical unclean-reboot [node b] it went down without being shut down 2 hours ago (up again 2027-01-15 05:58 UTC); find the cause: memory and file-system errors below, power, heat, a reset by the watchdog (on b: journalctl -b -1 -n 100)",
      "critical nodes-fell-together [node a and node b] a and b went down within 15 minutes 2 hours ago: corosync was lost, and the watchdog reset every node that carried HA resources; give corosync a network of its own and a second link; look at the switch at that time",
    ]
  `);
  expect(findings.at(-1)?.evidence).toEqual([`a: ${cut[1]}`, `a: ${cut[2]}`]);
  const hoursApart = [a, host("b", { boots: [boot(7200 + 3600)] })];
  expect(found(...hoursApart).filter((each) => each.includes("nodes-fell-together"))).toEqual([]);
});

const task = (type: string, startSec: number) => ({
  type,
  id: "",
  startSec,
  endSec: startSec + 60,
});
const uptimeSec = 10_000;
const bootAt = takenAt - uptimeSec;

test.each<[string, ReturnType<typeof task>[], boolean]>([
  [
    "started twice, never stopped",
    [task("startall", bootAt + 30), task("startall", bootAt - 9000)],
    true,
  ],
  [
    "stopped before it started",
    [task("startall", bootAt + 30), task("stopall", bootAt - 120), task("startall", bootAt - 9000)],
    false,
  ],
  [
    "all guests stopped hours before",
    [task("startall", bootAt + 30), task("stopall", bootAt - 9000)],
    true,
  ],
  [
    "the clock here runs five minutes ahead",
    [task("startall", bootAt - 290), task("stopall", bootAt - 400)],
    false,
  ],
  ["no tasks from before", [task("startall", bootAt + 30)], false],
])("tasks of a node: %s", (_name, tasks, unclean) => {
  const cluster = broken(({ nodes: [node] }) => {
    if (node) Object.assign(node, { uptimeSec, tasks });
  });
  const found = audit({ cluster }).map(({ rule }) => rule);
  expect(found).toEqual(unclean ? ["unclean-reboot"] : []);
});
