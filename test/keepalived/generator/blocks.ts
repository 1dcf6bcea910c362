import fc from "fast-check";
import { type Block, block, line, word } from "./atoms";
import { tracking } from "./tracking";

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
      "vrrp_strict false",
      "vrrp_skip_check_adv_addr off",
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
