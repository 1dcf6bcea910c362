import fc from "fast-check";
import { device, peer, vip } from "./addresses";
import {
  type Block,
  block,
  instanceNames,
  line,
  oddNumber,
  often,
  seconds,
  setting,
  whole,
  word,
} from "./atoms";
import { tracking } from "./tracking";

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
  word("no_virtual_ipaddress", "owner_ignore_adverts", "timer_expired_backup 90").map((head) => ({
    head,
  })),
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
  often(
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
    block(
      word("auth_hmac"),
      line(
        word(
          `key 1 ${"0123456789".repeat(4)}`,
          "key 1 short",
          "active_key 1",
          "active_key 1",
          "mode enforce",
        ),
      ),
    ),
    3,
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
