import fc from "fast-check";
import { expect, test } from "vitest";
import { groupByVip, parseKeepalivedConf } from "../../../model/keepalived/conf";
import { judgeVrrp, type VrrpMember } from "../../../model/vrrp/vrrp";

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

/** The second host: everything that may differ legally, in another layout and order. */
const secondHost = `vrrp_instance VI_1
{
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  unicast_src_ip 192.168.1.103
  unicast_peer { 192.168.1.110 }
  authentication { auth_type PASS
    auth_pass traefik1 }
  virtual_ipaddress {192.168.1.101/24}
  track_script {chk_traefik weight -20}
}
vrrp_script chk_traefik { script "/usr/local/bin/check_traefik.sh" interval 2 timeout 3 fall 2 rise 2 }
`;

/** The only member of a file. */
function one(text: string): VrrpMember {
  const [member, ...others] = parseKeepalivedConf(text);
  if (member === undefined || others.length > 0) throw new Error("expected one instance");
  return member;
}

test("reads every setting of a hand-written file", () => {
  expect(one(handWritten)).toMatchInlineSnapshot(`
    {
      "address": "192.168.1.110",
      "advertIntervalSec": 1,
      "authPass": "traefik1",
      "checks": [
        {
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
});

test("reads blocks on one line, braces on their own line, and scripts defined after their use", () => {
  expect(one(secondHost)).toMatchInlineSnapshot(`
    {
      "address": "192.168.1.103",
      "advertIntervalSec": 1,
      "authPass": "traefik1",
      "checks": [
        {
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
      "priority": 100,
      "state": "BACKUP",
      "unicastPeers": [
        "192.168.1.110",
      ],
      "version": 2,
      "vips": [
        "192.168.1.101/24",
      ],
      "virtualRouterId": 51,
    }
  `);
});

test("catches the weight of the deployed files", () => {
  const members = [...parseKeepalivedConf(handWritten), ...parseKeepalivedConf(secondHost)].map(
    (member, index) => ({ ...member, name: ["traefik", "traefik-2"][index] ?? "" }),
  );
  const [group, ...others] = groupByVip(members);
  expect(others).toEqual([]);
  expect(group?.name).toBe("192.168.1.101");
  expect(
    group && judgeVrrp(group).map(({ rule, message }) => `${rule}: ${message}`),
  ).toMatchInlineSnapshot(`
    [
      "vrrp-weight: a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves",
    ]
  `);
});

test("finds the same whatever the order of the blocks", () => {
  const blocks = handWritten.split(/\n(?=vrrp_)/);
  expect(parseKeepalivedConf([...blocks].reverse().join("\n"))).toEqual(
    parseKeepalivedConf(handWritten),
  );
});

test("fills in the defaults of keepalived", () => {
  expect(
    one(`vrrp_script c {\n script /bin/true\n}\nvrrp_instance A {\n track_script {\n c\n }\n}`),
  ).toMatchInlineSnapshot(`
    {
      "advertIntervalSec": 1,
      "checks": [
        {
          "fall": 1,
          "intervalSec": 1,
          "name": "c",
          "rise": 1,
          "timeoutSec": 1,
          "weight": 0,
        },
      ],
      "name": "A",
      "nopreempt": false,
      "otherTracking": false,
      "preemptDelaySec": 0,
      "priority": 100,
      "version": 2,
      "vips": [],
      "virtualRouterId": 0,
    }
  `);
  expect(one("vrrp_instance A {\n state MASTER\n}").priority).toBe(255);
  expect(one("vrrp_instance A {\n state MASTER\n priority 150\n}").priority).toBe(150);
  expect(one("vrrp_instance A {\n priority 300\n}").priority).toBe(100);
  expect(one("vrrp_instance A {\n priority lots\n}").priority).toBe(100);
});

test("takes the VRRP version of the instance, then of the file, then 2, and always 3 for IPv6", () => {
  const version = (global: string, own: string, vip = "10.0.0.1") =>
    one(
      `vrrp_instance A {\n ${own}\n virtual_ipaddress {\n ${vip}\n }\n}\nglobal_defs {\n ${global}\n}`,
    ).version;
  expect(version("", "")).toBe(2);
  expect(version("vrrp_version 3", "")).toBe(3);
  expect(version("vrrp_version 3", "version 2")).toBe(2);
  expect(version("vrrp_version 2", "", "fe80::1/64")).toBe(3);
});

const checked = (script: string, track: string, more = "") =>
  one(
    `vrrp_script chk {\n ${script}\n}\nvrrp_instance A {\n track_script {\n ${track}\n }\n}\n${more}`,
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
    name: "a weight out of range",
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
  {
    name: "two names on one line, which keepalived ignores",
    script: "",
    track: "chk chk2",
    checks: [],
  },
])("a tracked script has $name", ({ script, track, checks }) => {
  expect(checked(script, track)).toEqual(checks);
});

test("believes that an undefined script stands in an included file", () => {
  expect(checked("", "other", "include /etc/keepalived/conf.d/*.conf")).toEqual(["other 0"]);
});

test("does not take the arguments of a script for settings", () => {
  expect(checked("script /usr/bin/check.sh weight -120 fall 9\n weight -20", "chk")).toEqual([
    "chk -20",
  ]);
  expect(checked('script "/usr/bin/check.sh" weight -120', "chk")).toEqual(["chk -120"]);
});

test("leaves weights out in a sync group, unless it counts them, and takes the group's own tracking", () => {
  const group = (more: string) => `vrrp_sync_group G {\n group {\n A\n B\n }\n ${more}\n}`;
  expect(checked("weight -120", "chk", group(""))).toEqual([]);
  expect(checked("weight 0", "chk", group(""))).toEqual(["chk 0"]);
  expect(checked("weight -120", "chk", group("sync_group_tracking_weight"))).toEqual(["chk -120"]);
  expect(checked("", "", group("track_script { chk }"))).toEqual(["chk 0"]);
});

test.each(["track_process", "track_interface", "track_bfd"])(
  "counts %s as tracking, unless it is empty",
  (keyword) => {
    expect(one(`vrrp_instance A {\n ${keyword} { eth0 }\n}`).otherTracking).toBe(true);
    expect(one(`vrrp_instance A {\n ${keyword} {\n }\n}`).otherTracking).toBe(false);
  },
);

const defined = 'track_file ok { file "/run/ok"\n weight 0 reverse\n}\n';

test("a tracked file counts as tracking where it is defined", () => {
  const found = one(`${defined}vrrp_instance A {\n track_file {\n ok\n }\n}`);
  expect(found.otherTracking).toBe(true);
  expect(found.trackedFiles).toEqual([{ name: "ok", path: "/run/ok", weight: 0, reverse: true }]);
  expect(one("vrrp_instance A {\n track_file {\n ok\n }\n}").otherTracking).toBe(false);
  expect(one(`${defined}vrrp_instance A {\n track_file {\n }\n}`).otherTracking).toBe(false);
});

test("a tracked file takes the instance's weight, and the old word for it is known", () => {
  const old = `vrrp_${defined}`;
  const { trackedFiles } = one(
    `${old}vrrp_instance A {\n track_file {\n ok weight -5 noreverse\n }\n}`,
  );
  expect(trackedFiles).toEqual([{ name: "ok", path: "/run/ok", weight: -5, reverse: false }]);
});

test("reads comments, quotes, continued lines and definitions as keepalived does", () => {
  const member = one(
    [
      "$PRIO = 150   # the preferred one",
      `\${UNUSED}`,
      'vrrp_instance "VI 1" { # a { in a comment',
      "  priority $PRIO",
      "  advert_int \\",
      "    3",
      `  interface \${IFACE}! no such definition`,
      "  authentication {",
      '    auth_pass "a#b!c}"',
      "  }",
      "  notify_master \"/bin/sh -c 'echo {'\" root",
      "  virtual_ipaddress { 10.0.0.1 10.0.0.2/24 dev eth0 }",
      "}",
    ].join("\r\n"),
  );
  expect(member).toMatchObject({
    name: "VI 1",
    priority: 150,
    advertIntervalSec: 3,
    authPass: "a#b!c}",
    vips: ["10.0.0.1", "10.0.0.2/24"],
  });
});

test("reads a whole instance that stands on one line", () => {
  const line =
    "vrrp_instance A { state BACKUP priority 120 virtual_router_id 7 nopreempt virtual_ipaddress { 10.0.0.1 } track_interface { eth0 } }";
  expect(one(line)).toMatchObject({
    name: "A",
    state: "BACKUP",
    priority: 120,
    virtualRouterId: 7,
    nopreempt: true,
    vips: ["10.0.0.1"],
    otherTracking: true,
  });
});

test("reads names that are keywords elsewhere", () => {
  const text =
    "vrrp_script group {\n weight -60\n}\nvrrp_instance group {\n track_script { group }\n}";
  expect(one(text)).toMatchObject({ name: "group", checks: [{ name: "group", weight: -60 }] });
});

test("skips virtual servers and other keywords it does not know", () => {
  const text = `virtual_server 10.0.0.1 443 {\n delay_loop 6\n real_server 10.0.0.2 443 { weight 1 }\n}\n@backup router_id x\nfrobnicate`;
  expect(parseKeepalivedConf(text)).toEqual([]);
  expect(parseKeepalivedConf("")).toEqual([]);
  expect(parseKeepalivedConf(`${text}\n${handWritten}`)).toEqual(parseKeepalivedConf(handWritten));
});

test("rejects braces that do not match, with the line", () => {
  expect(() =>
    parseKeepalivedConf("vrrp_instance A {\n priority 1\n"),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: line 1: "{" of vrrp_instance is never closed; add the missing "}"]`,
  );
  expect(() =>
    parseKeepalivedConf("vrrp_instance A {\n}\n\n}\n"),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: line 4: "}" closes a block that was never opened; remove it or add the missing "{"]`,
  );
  expect(() =>
    parseKeepalivedConf("vrrp_instance A {\n track_script {\n chk\n}\n"),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: line 1: "{" of vrrp_instance is never closed; add the missing "}"]`,
  );
});

test("reads any text or refuses it with a line number", () => {
  const word = fc.constantFrom(
    "vrrp_instance",
    "A",
    "{",
    "}",
    "\n",
    "priority",
    "-1",
    "track_script",
    "weight",
    "#",
    "!",
    '"',
    "'",
    "\\",
    "$X",
    "=",
    `\${X}`,
    "10.0.0.1/24",
    "unicast_peer",
    "\r\n",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.constantFrom("", " "), (words, gap) => {
      try {
        for (const member of parseKeepalivedConf(words.join(gap))) {
          expect(member.priority).toBeGreaterThan(0);
        }
      } catch (error) {
        expect(String(error)).toMatch(/^Error: line \d+: "[{}]" /);
      }
    }),
    { numRuns: 1000 },
  );
});

test("groups members by any common address and keeps the others apart", () => {
  const member = (name: string, vips: string[]): VrrpMember => ({ ...one(secondHost), name, vips });
  const groups = groupByVip([
    member("a", ["10.0.0.1/24"]),
    member("b", ["10.0.0.2"]),
    member("c", ["10.0.0.3"]),
    member("d", []),
    member("e", ["10.0.0.2/24", "10.0.0.1"]),
    member("f", []),
  ]);
  expect(
    groups.map(({ name, members }) => [name, members.map((one) => one.name).join("")]),
  ).toEqual([
    ["10.0.0.1", "abe"],
    ["10.0.0.3", "c"],
    ["d", "d"],
    ["f", "f"],
  ]);
});
