import fc from "fast-check";
import {
  type Block,
  block,
  device,
  fileNames,
  instanceNames,
  line,
  oddNumber,
  often,
  peer,
  processNames,
  reverse,
  scriptNames,
  seconds,
  setting,
  tracked,
  vip,
  weight,
  whole,
  word,
} from "./generated-lines";

/** What an instance and a sync group may both track. */
const tracking = fc.oneof(
  block(word("track_script"), tracked(scriptNames)),
  block(word("track_interface"), tracked(often(word("eth0", "eth1"), word("eth9"), 80))),
  block(word("track_file"), tracked(fileNames)),
  block(word("track_process"), tracked(processNames)),
);

export const junk = line(
  word(
    "# a comment",
    "! another one",
    "frobnicate 3",
    "priority = 150",
    "notify_master \"/bin/sh -c 'echo {'\" root",
    "smtp_alert",
    "garp_master_delay 5",
    "priority \\",
    "dont_track_primary # {",
    "@beta priority 33",
    "@alpha priority 44",
    "@^alpha priority 55",
    "@^beta advert_int 3",
    "priority $PRIO",
    `priority \${PRIO}`,
    "$PRIO = 3",
    "state \\# MASTER",
    "use_vmac vrrp.51",
    '"priority" 77',
  ),
);

const instanceLine: fc.Arbitrary<Block> = fc.oneof(
  setting(
    "state",
    often(word("MASTER", "BACKUP"), word("FAULT", "MASTER;", "master", "BACKUP extra")),
  ),
  setting("priority", often(whole(1, 255), oddNumber, 6)),
  setting("advert_int", seconds),
  setting("version", word("2", "3", "4", "2x")),
  word("nopreempt", "preempt", "dont_track_primary", "accept", "no_accept").map((head) => ({
    head,
  })),
  word(
    "strict_mode",
    "strict_mode true",
    "strict_mode off",
    "skip_check_adv_addr",
    "native_ipv6",
  ).map((head) => ({ head })),
  word("unicast_fault_no_peer", "check_unicast_src", "skip_check_adv_addr no").map((head) => ({
    head,
  })),
  setting("preempt_delay", seconds),
  setting(
    "unicast_src_ip",
    often(word("192.168.1.110", "192.168.1.9"), word("fd00:0:0:1::110", "x")),
  ),
  setting("mcast_src_ip", word("192.168.1.110", "10.99.0.1")),
  block(word("unicast_peer"), line(peer)),
  block(
    word("authentication"),
    fc.oneof(
      setting(
        "auth_type",
        often(word("PASS", "AH"), word("pass", "PASS;", "PASS auth_pass geheim12")),
      ),
      setting("auth_pass", word("geheim12", "longerthaneight", '"a#b c}"', "x#y", '""')),
    ),
  ),
  block(word("virtual_ipaddress"), line(vip), { minLength: 0, maxLength: 3 }),
  block(word("virtual_ipaddress_excluded"), line(vip)),
  block(word("virtual_routes"), line(word("10.0.0.0/8 via 192.168.1.1 no_track"))),
  { arbitrary: tracking, weight: 4 },
  { arbitrary: junk, weight: 2 },
);

export const instance: fc.Arbitrary<Block> = fc
  .tuple(
    often(
      instanceNames.map((name) => `vrrp_instance ${name}`),
      word("vrrp_instance", "vrrp_instance A B", '"vrrp_instance" Q'),
      30,
    ),
    fc.tuple(
      often(
        device.map((name) => [{ head: `interface ${name}` }] as Block[]),
        fc.constant<Block[]>([]),
        60,
      ),
      often(
        whole(1, 255).map((id) => [{ head: `virtual_router_id ${id}` }]),
        oddNumber.map((id) => [{ head: `virtual_router_id ${id}` }]),
        60,
      ),
      often(
        vip.map((address) => [{ head: "virtual_ipaddress", body: [{ head: address }] }] as Block[]),
        fc.constant<Block[]>([]),
        20,
      ),
    ),
    fc.array(instanceLine, { maxLength: 9 }),
    fc.boolean(),
  )
  .map(([head, needed, more, first]) => ({
    head,
    body: first ? [...needed.flat(), ...more] : [...more, ...needed.flat()],
  }));

export const script: fc.Arbitrary<Block> = block(
  scriptNames.map((name) => `vrrp_script ${name}`),
  fc.oneof(
    setting(
      "script",
      word(
        '"/usr/local/bin/check one"',
        "/usr/local/bin/check two",
        "/bin/true",
        "'/usr/local/bin/check' x",
        "/usr/local/bin/none",
      ),
    ),
    setting("script", word('"/usr/local/bin/check"', '"/usr/local/bin/check \\"a b\\""')),
    setting("interval", seconds),
    setting("timeout", seconds),
    setting(
      "weight",
      fc.tuple(weight, reverse).map((parts) => parts.join("")),
    ),
    setting("fall", often(whole(1, 9), oddNumber)),
    setting("rise", often(whole(1, 9), oddNumber)),
    setting("user", often(word("root", "nobody"), word("nosuchuser"), 4)),
    line(word("init_fail", "# c", "weight -20 # why", "frob")),
  ),
  { minLength: 1, maxLength: 6 },
).map((found) => ({
  ...found,
  body: [{ head: 'script "/usr/local/bin/check"' }, ...(found.body ?? [])],
}));

export const process: fc.Arbitrary<Block> = block(
  processNames.map((name) => `vrrp_track_process ${name}`),
  fc.oneof(
    setting("process", word("nginx", "haproxy -f x")),
    setting(
      "weight",
      fc.tuple(weight, reverse).map((parts) => parts.join("")),
    ),
    line(word("full_command", "quorum 2", "delay 1")),
  ),
);

export const file: fc.Arbitrary<Block> = block(
  fc.tuple(word("track_file", "vrrp_track_file"), fileNames).map((parts) => parts.join(" ")),
  fc.oneof(
    setting("file", word("/run/aside", '"/run/ready"')),
    setting(
      "weight",
      fc.tuple(weight, reverse).map((parts) => parts.join("")),
    ),
    line(word("init_file 0", "weight")),
  ),
);

export const group: fc.Arbitrary<Block> = block(
  word("vrrp_sync_group G", "vrrp_sync_group G", "vrrp_sync_group H", "vrrp_sync_group"),
  fc.oneof(
    {
      arbitrary: block(
        word("group"),
        line(word("VI_1", "VI_2", "DNS", "VI_1 VI_2", "none", "group")),
      ),
      weight: 3,
    },
    { arbitrary: tracking, weight: 2 },
    {
      arbitrary: line(word("sync_group_tracking_weight", "global_tracking", "smtp_alert")),
      weight: 1,
    },
  ),
);

export const globals: fc.Arbitrary<Block> = block(
  word("global_defs"),
  line(
    word(
      "router_id alpha",
      "vrrp_version 3",
      "vrrp_version 2",
      "vrrp_version 5",
      "vrrp_strict",
      "enable_script_security",
      "script_user root",
      "script_user nosuchuser",
      "vrrp_skip_check_adv_addr",
      "vrrp_mcast_group4 224.0.0.77",
      "vrrp_garp_master_delay 1",
      "unknown_global 1",
    ),
  ),
);

export const definition: fc.Arbitrary<Block> = line(
  word(
    "$PRIO=150",
    "$PRIO= 99 # why",
    "$TRACK=\\\n  track_script { \\\n  chk\n  }",
    "$NAME=VI_9",
    "$PRIO = 1",
    "$ADDR=192.168.1.60",
  ),
);

export const server: fc.Arbitrary<Block> = fc.constant({
  head: "virtual_server 10.0.0.1 443",
  body: [
    { head: "delay_loop 6" },
    { head: "real_server 10.0.0.2 443", body: [{ head: "weight 1" }] },
  ],
});
