import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeepalivedHost } from "../../../model/keepalived/host";
import { judgeConf } from "../../../model/keepalived/judge";
import { membersOf } from "../../../model/keepalived/members";
import { readConf } from "../../../model/keepalived/read";
import type { VrrpMember } from "../../../model/vrrp/types";

/** As the owner wrote it on the first host: the weight cannot move the address. */
const handWritten = `! Configuration File for keepalived
global_defs {
   router_id traefik            # only a label
   enable_script_security
   script_user root
}

vrrp_script chk_traefik {
    script "/usr/local/bin/check_traefik.sh --url http://127.0.0.1:8080/ping#x"
    interval 2
    timeout 3
    weight -20
    fall 2
    rise 2
}

vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 200
    advert_int 1
    garp_master_refresh 60
    unicast_src_ip 192.168.1.110
    unicast_peer {
        192.168.1.103 min_ttl 64 max_ttl 255
    }
    authentication {
        auth_type PASS
        auth_pass traefik1
    }
    virtual_ipaddress {
        192.168.1.101/24 brd 192.168.1.255 dev eth0 label eth0:vip
    }
    track_script {
        chk_traefik
    }
    notify /usr/local/bin/keepalived_notify.sh
}
`;

/** An instance that keepalived starts with, with more lines in it and files before it. */
function file(lines: string, before = ""): string {
  return `${before}\nvrrp_instance A {\n interface eth0\n virtual_router_id 7\n virtual_ipaddress {\n 10.0.0.1\n }\n${lines}\n}\n`;
}

function one(text: string, host?: KeepalivedHost): VrrpMember {
  const reading = readConf(text, host);
  if (reading.refused) throw new Error(reading.refused.message);
  const [member, ...others] = membersOf(reading);
  if (member === undefined || others.length > 0) throw new Error("expected one instance");
  return member;
}

const notesOf = (text: string, host?: KeepalivedHost) =>
  readConf(text, host).notes.map(({ line, message }) => `${line} ${message}`);

test("reads every setting of a hand-written file", () => {
  expect(one(handWritten)).toMatchInlineSnapshot(`
    {
      "address": "192.168.1.110",
      "advertIntervalSec": 1,
      "authPass": "traefik1",
      "authType": "PASS",
      "checks": [
        {
          "command": [
            "/usr/local/bin/check_traefik.sh",
            "--url",
            "http://127.0.0.1:8080/ping#x",
          ],
          "fall": 2,
          "intervalSec": 2,
          "name": "chk_traefik",
          "rise": 2,
          "timeoutSec": 3,
          "weight": -20,
        },
      ],
      "interface": "eth0",
      "name": "VI_1",
      "nopreempt": false,
      "otherTracking": false,
      "preemptDelaySec": 0,
      "priority": 200,
      "state": "MASTER",
      "unicastPeers": [
        "192.168.1.103",
      ],
      "version": 2,
      "vips": [
        "192.168.1.101/24",
      ],
      "virtualRouterId": 51,
    }
  `);
  expect(readConf(handWritten).notes).toEqual([]);
});

test("fills in the defaults of keepalived", () => {
  expect(one(file(""))).toMatchInlineSnapshot(`
    {
      "advertIntervalSec": 1,
      "checks": [],
      "interface": "eth0",
      "multicastGroup": "224.0.0.18",
      "name": "A",
      "nopreempt": false,
      "otherTracking": false,
      "preemptDelaySec": 0,
      "priority": 100,
      "state": "BACKUP",
      "version": 2,
      "vips": [
        "10.0.0.1",
      ],
      "virtualRouterId": 7,
    }
  `);
  const script = "vrrp_script c {\n script /bin/check\n}";
  expect(one(file("track_script {\n c\n}", script)).checks).toMatchInlineSnapshot(`
    [
      {
        "command": [
          "/bin/check",
        ],
        "fall": 1,
        "intervalSec": 1,
        "name": "c",
        "rise": 1,
        "timeoutSec": 1,
        "weight": 0,
      },
    ]
  `);
});

test.each([
  { lines: "state MASTER", priority: 255 },
  { lines: "state MASTER\npriority 150", priority: 150 },
  { lines: "priority 300", priority: 100 },
  { lines: "priority lots", priority: 100 },
  { lines: "priority = 150", priority: 100 },
  { lines: "priority \\\n 150", priority: 100 },
  { lines: "priority 150 # preferred", priority: 150 },
  { lines: 'priority "150"', priority: 150 },
  { lines: "priority 7\npriority 8", priority: 8 },
])("$lines gives priority $priority", ({ lines, priority }) => {
  expect(one(file(lines)).priority).toBe(priority);
});

test("one item per line: the rest of the line is lost, and said", () => {
  const text = file(
    "unicast_peer { 10.0.0.3 10.0.0.4 }\nauthentication { auth_type PASS auth_pass secret12 }",
  ).replace("10.0.0.1\n", "10.0.0.1 10.0.0.2\n");
  expect(one(text)).toMatchObject({ vips: ["10.0.0.1"], unicastPeers: ["10.0.0.3"] });
  expect(one(text).authPass).toBeUndefined();
  expect(notesOf(text)).toMatchInlineSnapshot(`
    [
      "2 instance "A" has an authentication that is ignored: it has no password",
      "6 loses "10.0.0.2": keepalived reads one address per line",
      "8 "10.0.0.4" behind "10.0.0.3" is ignored: keepalived reads one item per line",
      "9 "auth_pass secret12" behind "auth_type PASS" is ignored: keepalived reads one item per line",
    ]
  `);
});

test("a script on one line has only its first item", () => {
  const text = file(
    "track_script { c }",
    'vrrp_script c { script "/bin/check" interval 9 weight -20 }',
  );
  expect(one(text).checks).toMatchObject([{ weight: 0, intervalSec: 1 }]);
});

test("a script has to be defined above the instance that tracks it", () => {
  const text = `${file("track_script {\n c\n}")}vrrp_script c {\n script /bin/check\n}\n`;
  expect(one(text)).toMatchObject({
    checks: [],
    lostChecks: "no script is defined above it by the name c",
  });
});

test.each([
  { name: "nothing", text: "", refused: undefined },
  {
    name: "no router id",
    text: "vrrp_instance A {\n interface eth0\n}",
    refused: 'instance "A" has no virtual_router_id',
  },
  {
    name: "no interface",
    text: "vrrp_instance A {\n virtual_router_id 1\n}",
    refused: 'instance "A" has no interface',
  },
  {
    name: "an interface with a semicolon",
    text: file("interface eth0;"),
    refused: 'it names the interface "eth0;", which the host does not have',
  },
  {
    name: "one router id twice on one interface",
    text: `${file("")}${file("").replace("A", "B")}`,
    refused: 'instances "A" and "B" both use virtual router id 7 on interface "eth0"',
  },
  {
    name: "a keyword without its value",
    text: file("priority"),
    refused: 'line 8: "priority" has no value',
  },
  {
    name: "VRRPv3 without an address",
    text: file("version 3").replace("10.0.0.1", "nonsense"),
    refused: 'instance "A" has no virtual address',
  },
  {
    name: "a brace that is never closed",
    text: "vrrp_instance A {\n priority 1\n",
    refused: 'instance "A" has no virtual_router_id',
  },
  ...[
    { line: "notify_master", text: file("notify_master") },
    { line: "debug", text: file("debug # 1") },
    { line: "garp_master_delay", text: file("garp_master_delay") },
    { line: "vrrp_garp_interval", text: file("", "global_defs {\nvrrp_garp_interval\n}") },
    { line: "quorum", text: file("", "vrrp_track_process p {\nprocess x\nquorum\n}") },
    { line: "process", text: file("", "vrrp_track_process p {\nprocess x\nprocess\n}") },
    { line: "gna_interval", text: file("", "garp_group {\ngna_interval\n}") },
    { line: "notify", text: file("", "vrrp_sync_group G {\ngroup {\nA\n}\nnotify\n}") },
  ].map(({ line, text }) => ({
    name: `${line} without its value`,
    text,
    refused: expect.stringMatching(new RegExp(`^line \\d+: "${line}" has no value$`)),
  })),
  {
    name: "a device that does not exist outside instances",
    text: file("", "static_routes {\n10.0.0.0/8 via 192.168.1.1 dev eth0;\n}"),
    refused: 'it names the interface "eth0;", which the host does not have',
  },
])("$name: refused as keepalived does", ({ text, refused }) => {
  expect(readConf(text).refused?.message).toEqual(refused);
});

test("one router id may be on two interfaces, and in both families", () => {
  const other = file("").replace("A", "B");
  const text = (change: [string, string]) => file("") + other.replace(...change);
  expect(readConf(text(["eth0", "eth1"])).refused).toBeUndefined();
  expect(readConf(text(["10.0.0.1", "fd00::1"])).refused).toBeUndefined();
});

test("the second of two instances of one name is dropped", () => {
  const text = file("") + file("priority 3").replace("10.0.0.1", "10.0.0.9");
  expect(one(text)).toMatchObject({ priority: 100, vips: ["10.0.0.1"] });
  expect(notesOf(text)[0]).toContain('defines the instance "A" a second time');
});

test.each([
  { global: "", lines: "", vip: "10.0.0.1", version: 2 },
  { global: "vrrp_version 3", lines: "", vip: "10.0.0.1", version: 3 },
  { global: "vrrp_version 3", lines: "version 2", vip: "10.0.0.1", version: 2 },
  { global: "vrrp_version 2", lines: "", vip: "fe80::1/64", version: 3 },
])("$global $lines with $vip speaks version $version", ({ global, lines, vip, version }) => {
  const text = file(lines, `global_defs {\n ${global}\n}`).replace("10.0.0.1", vip);
  expect(one(text).version).toBe(version);
});

test("definitions: filled in, nested, of several lines; a blank before = defines nothing", () => {
  const before = [
    "$PRIO=150   # the preferred one",
    "$AGAIN=$PRIO",
    "$LOST = 3",
    "$BLOCK=\\",
    " advert_int 4 \\",
    " nopreempt",
  ].join("\n");
  const text = file("priority $AGAIN\n$BLOCK\npreempt_delay $LOST", before);
  expect(one(text)).toMatchObject({ priority: 150, advertIntervalSec: 4, nopreempt: true });
  expect(one(text).preemptDelaySec).toBe(0);
  expect(one(file(`priority \${P}`, "$P=9")).priority).toBe(9);
  expect(
    one(file("interface $P/x\ninterface eth3", "$P=eth1"), { hasInterface: () => true }),
  ).toMatchObject({ interface: "eth3" });
});

test("lines with @ count on the host of that name", () => {
  const text = file("@alpha priority 150\n@beta priority 90\n@^alpha preempt_delay 5");
  const of = (name?: string) => one(text, name === undefined ? {} : { name });
  expect(of("alpha")).toMatchObject({ priority: 150, preemptDelaySec: 0 });
  expect(of("beta")).toMatchObject({ priority: 90, preemptDelaySec: 5 });
  expect(readConf(text).unjudged).toEqual([
    '"@alpha": the name of the host is not known',
    '"@beta": the name of the host is not known',
  ]);
});

test("included files are read in place, from the folder of the including one, and share scripts", () => {
  const files = new Map([
    ["/etc/keepalived/conf.d/b.conf", file("track_script {\n c\n}")],
    ["/etc/keepalived/conf.d/a.conf", "include ../scripts.conf\n"],
    ["/etc/keepalived/scripts.conf", "vrrp_script c {\n script /bin/check\n}\n"],
    ["/root/unused.conf", file("").replace("A", "B")],
  ]);
  expect(one("include conf.d/*.conf\n", { files }).checks).toMatchObject([{ name: "c" }]);
  expect(readConf("include /srv/*.conf\n", { files }).unjudged).toEqual([
    '"include /srv/*.conf": no such file is brought here',
  ]);
});

test("addresses: families, excluded ones, options, one spelling", () => {
  const text = file(
    "virtual_ipaddress {\n FD00:0:0:1:0::60/64\n 10.0.0.2/24 dev eth1\n 10.0.0.300\n}\nvirtual_ipaddress_excluded {\n FD00:0::2\n}",
  );
  expect(one(text)).toMatchObject({
    vips: ["10.0.0.1", "10.0.0.2/24"],
    excludedVips: ["fd00::2"],
  });
  expect(readConf(text).instances[0]?.strayed.map(({ text: lost }) => lost)).toEqual([
    "fd00:0:0:1::60/64",
  ]);
  expect(notesOf(text)).toMatchInlineSnapshot(`
    [
      "11 loses the address "10.0.0.300": it is no address",
    ]
  `);
});

const checked = (script: string, track: string, more = "") =>
  one(
    file(`track_script {\n ${track}\n}`, `vrrp_script chk {\n script /bin/check\n ${script}\n}`) +
      more,
  ).checks.map(({ name, weight }) => `${name} ${weight}`);

test.each([
  { name: "its own weight", script: "weight -20", track: "chk", checks: ["chk -20"] },
  {
    name: "the weight of the instance",
    script: "weight -20",
    track: "chk weight -120",
    checks: ["chk -120"],
  },
  {
    name: "a weight out of range in the instance",
    script: "weight -20",
    track: "chk weight -999",
    checks: ["chk -20"],
  },
  {
    name: "a weight of an inverted script",
    script: "weight 20 reverse",
    track: "chk",
    checks: ["chk -20"],
  },
  { name: "FAULT", script: "interval 1", track: "chk", checks: ["chk 0"] },
  { name: "a name that is not defined", script: "", track: "other", checks: [] },
  { name: "a name given twice", script: "", track: "chk\n chk weight 5", checks: ["chk 0"] },
  { name: "two names on one line", script: "", track: "chk chk2", checks: [] },
])("a tracked script has $name", ({ script, track, checks }) => {
  expect(checked(script, track)).toEqual(checks);
});

test("BFD sessions count with their weights", () => {
  const text = file(
    "track_bfd {\n up\n}",
    "bfd_instance up {\n neighbor_ip 10.0.0.9\n weight -5\n}",
  );
  expect(one(text).checks).toMatchObject([{ name: "up", weight: -5, watches: "bfd" }]);
});

test("a sync group knows no weights of its instances, and shares what is a FAULT", () => {
  const group = (more: string) => `vrrp_sync_group G {\n group {\n A\n B\n }\n ${more}\n}`;
  expect(checked("weight -120", "chk", group(""))).toEqual([]);
  expect(checked("weight 0", "chk", group(""))).toEqual(["chk 0"]);
  expect(checked("weight -120", "chk", group("sync_group_tracking_weight"))).toEqual(["chk -120"]);
  const second = file("").replace("A", "B").replace("eth0", "eth1");
  const text = `vrrp_script chk {\n script /bin/check\n}\n${file("track_script {\n chk\n}")}${second}${group("")}`;
  expect(membersOf(readConf(text)).map(({ checks }) => checks.length)).toEqual([1, 1]);
});

test("processes and other interfaces count with their weights, its own interface does not", () => {
  const text = file(
    "track_process {\n web\n}\ntrack_interface {\n eth0\n eth1 weight -30\n}",
    "vrrp_track_process web {\n process nginx\n weight -10\n}",
  );
  expect(one(text).checks.map(({ name, weight, watches }) => [name, weight, watches])).toEqual([
    ["web", -10, "process"],
    ["eth1", -30, "interface"],
  ]);
  expect(one(file("track_interface {\n eth0\n}"))).toMatchObject({
    checks: [],
    lostChecks: 'keepalived ignores its own interface "eth0" in track_interface',
  });
});

const tracked = 'track_file ok {\n file "/run/ok"\n weight 0 reverse\n}';

test("a tracked file counts where it is defined above, with the instance's weight if it has one", () => {
  const lines = (line: string) => file(`track_file {\n ${line}\n}`, tracked);
  expect(one(lines("ok"))).toMatchObject({
    otherTracking: true,
    trackedFiles: [{ name: "ok", path: "/run/ok", weight: 0, reverse: true }],
  });
  expect(one(lines("ok weight -5 noreverse")).trackedFiles).toEqual([
    { name: "ok", path: "/run/ok", weight: -5, reverse: false },
  ]);
  expect(one(file("track_file {\n ok\n}")).otherTracking).toBe(false);
});

test("authentication: the type counts, without one there is none, VRRPv3 has none", () => {
  const auth = (lines: string, more = "") => {
    const { authType, authPass } = one(file(`authentication {\n${lines}\n}\n${more}`));
    return [authType, authPass];
  };
  expect(auth("auth_type PASS\nauth_pass longer-than-eight")).toEqual(["PASS", "longer-t"]);
  expect(auth("auth_type AH\nauth_pass geheim12")).toEqual(["AH", "geheim12"]);
  expect(auth("auth_pass geheim12")).toEqual([undefined, undefined]);
  expect(auth("auth_type PASS\nauth_pass geheim12", "version 3")).toEqual([undefined, undefined]);
});

test("seconds of a script with a fraction are for keepalived 2.3.2 and later", () => {
  const text = file(
    "track_script {\n c\n}",
    "vrrp_script c {\n script /bin/check\n interval 0.2\n}",
  );
  expect(one(text).checks[0]?.intervalSec).toBe(0.2);
  expect(one(text, { release: "2.2" }).checks[0]?.intervalSec).toBe(1);
});

test("passes over virtual servers, and says what it does not know", () => {
  const text = `virtual_server 10.0.0.1 443 {\n delay_loop 6\n real_server 10.0.0.2 443 { weight 1 }\n}\nfrobnicate\n`;
  expect(membersOf(readConf(`${text}${handWritten}`))).toEqual(membersOf(readConf(handWritten)));
  expect(notesOf(text)).toEqual([
    '5 starts with "frobnicate", which keepalived does not know here and ignores',
  ]);
});

test("reads any text without falling over", () => {
  const word = fc.constantFrom(
    ..."vrrp_instance|A|{|}|\n|priority|-1|track_script|weight|#|!|\"|'|\\|$X|=|10.0.0.1/24".split(
      "|",
    ),
    ...`unicast_peer|\r\n|$X=\\|@a|include|vrrp_script|script|\${X}|~SEQ|group|vrrp_sync_group`.split(
      "|",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.constantFrom("", " "), (words, gap) => {
      const reading = readConf(words.join(gap), {
        files: new Map([["/etc/keepalived/A", "$X=$X"]]),
      });
      expect(reading.refused === undefined || reading.instances.length === 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("every global_defs counts before any script, wherever it stands", () => {
  const text = `vrrp_script check {
    script "/usr/local/bin/check"
}
global_defs {
    script_user nosuchuser
}
global_defs {
    script_user root
}
`;
  const hasUser = (user: string) => user === "root";
  expect(readConf(text, { hasUser }).conf.scripts).toEqual([]);
  expect(readConf(text, { hasUser: () => true }).conf.scripts).toHaveLength(1);
});

test("a number that changes with each start is read over, and named as not known", () => {
  const reading = readConf(file(`priority \${_RANDOM 100 200}\ntrack_script {\n}`));
  expect(reading.refused).toBeUndefined();
  expect(reading.instances[0]?.priority).toBe(100);
  expect(reading.unjudged).toEqual(["line 8: $_RANDOM is another number at each start"]);
});

test("the folder of the file is known to it, and digits belong behind $_RANDOM only", () => {
  const files = new Map([["/etc/keepalived/a.conf", "priority 44\n"]]);
  expect(one(file(`include \${_PWD}/a.conf`), { files }).priority).toBe(44);
  const lost = readConf(file(`priority \${P 1}`, "$P=50"));
  expect(lost.notes.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("has the priority"),
  );
});

test("a line ends at its first NUL, as a text of C does", () => {
  expect(one(file("priority 44\0 nonsense")).priority).toBe(44);
  expect(notesOf(file("\0priority"))).toEqual([]);
});

test.each([
  { name: "an instance with two names", text: file("").replace("A {", "A B {"), none: "lost" },
  { name: "one inside another block", text: `global_defs {\n${file("")}\n}`, none: "lost" },
  {
    name: "a brace too many in the global settings",
    text: `global_defs {\n router_id a {\n}\n${file("")}`,
    none: "lost",
  },
  {
    name: "global settings that are never closed",
    text: `global_defs {\n router_id a\n${file("")}`,
    none: "lost",
  },
  {
    name: "a brace too many in a script, which hides the instance from the main process",
    text: file("", "vrrp_script chk {\n {\n script /bin/check\n}"),
    none: "lost",
  },
  { name: "one for other hosts", text: "@beta vrrp_instance A {\n@beta }\n", none: "elsewhere" },
  { name: "no instance at all", text: "global_defs {\n}\n", none: undefined },
  { name: "an instance", text: file(""), none: undefined },
])("a file with $name leaves its host without an address: $none", ({ text, none }) => {
  const reading = readConf(text, { name: "alpha", path: "/etc/keepalived/keepalived.conf" });
  expect(reading.refused).toBeUndefined();
  expect(reading.none).toBe(none);
  const said = judgeConf(reading).map(({ severity, message }) => `${severity} ${message}`);
  expect(said.some((line) => /takes none of its instances/.test(line))).toBe(none === "lost");
  expect(said.some((line) => /are for other hosts/.test(line))).toBe(none === "elsewhere");
});

test("a block that is never closed hides the global settings behind it from the process that reads them", () => {
  const settings = "global_defs {\n vrrp_version 3\n}\n";
  const version = (text: string) => readConf(text).instances[0]?.version;
  expect(version(`vrrp_script chk {\n script /bin/check\n}\n${file("", settings)}`)).toBe(3);
  expect(version(`virtual_server 10.0.0.1 80 {\n{\n}\n${file("", settings)}`)).toBeUndefined();
});

test("reload_check_config makes of every mistake an end, and is nothing beside none", () => {
  const checking = (lines: string) =>
    notesOf(file(lines, "global_defs {\nreload_check_config\n}")).filter((note) =>
      note.includes("reload_check_config"),
    );
  expect(checking("")).toEqual([]);
  expect(checking("frobnicate 3")).toHaveLength(1);
});

test("a lost priority decides who has the address, so it is more than advice", () => {
  const severities = (line: string) =>
    judgeConf(readConf(file(line))).map(({ severity }) => severity);
  expect(severities("priority \\\n150")).toContain("error");
  expect(severities("priority 150;")).toContain("error");
  expect(severities("priority=150")).toContain("error");
  expect(severities("advert_int 1 x")).toEqual(["warning"]);
});
