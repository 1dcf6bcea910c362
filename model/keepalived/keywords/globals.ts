import { plainAddress } from "../addresses";
import { isSince } from "../host";
import { signedIn } from "../numbers";
import type { Conf } from "../state";
import type { Keyword, Keywords, Statement } from "../stream";
import { withoutEffect, withValue } from "./values";

/** The keywords of `global_defs`. */
export function globals(conf: Conf): Keywords {
  const { globals: found } = conf;
  const judged: [string, Keyword][] = [
    ["vrrp_version", { run: (statement) => version(statement, conf) }],
    [
      "vrrp_strict",
      {
        run: ({ words }) => {
          found.strict = switched(words, found.strict, conf);
        },
      },
    ],
    [
      "vrrp_skip_check_adv_addr",
      {
        run: ({ words }) => {
          found.skipAddressCheck = switched(words, found.skipAddressCheck, conf);
        },
      },
    ],
    [
      "enable_script_security",
      {
        run: () => {
          found.scriptSecurity = true;
        },
      },
    ],
    [
      "dynamic_interfaces",
      {
        run: () => {
          found.dynamicInterfaces = true;
        },
      },
    ],
    [
      "script_user",
      {
        run: ({ words: [, user, group] }) => {
          if (user === undefined) return;
          found.scriptUser = user;
          found.scriptUserMissing ||= !(conf.host.hasUser ?? (() => true))(user, group);
        },
      },
    ],
    ["vrrp_mcast_group4", { run: (statement) => multicast(statement, conf, 4) }],
    ["vrrp_mcast_group6", { run: (statement) => multicast(statement, conf, 6) }],
    [
      "reload_check_config",
      {
        run: ({ at }) => {
          found.endsOverMistakes = at;
        },
      },
    ],
    ["notification_email", { run: (statement) => statement.items(() => {}) }],
  ];
  const plain = isSince("2.3", conf.host) ? [...plainGlobals, ...newerGlobals] : plainGlobals;
  return new Map([...withoutEffect(plain), ...withValue(valuedGlobals), ...judged]);
}

/** A keyword that newer releases take a word behind; another word changes nothing. */
function switched([, word]: readonly string[], before: boolean, { host }: Conf): boolean {
  if (word === undefined || !isSince("2.3", host)) return true;
  if (/^(true|on|yes)$/.test(word)) return true;
  return /^(false|off|no)$/.test(word) ? false : before;
}

function version(statement: Statement, conf: Conf): void {
  const { value, taken } = signedIn(statement.argument(), 2, 3);
  if (taken) conf.globals.version = value === 3 ? 3 : 2;
  else statement.note(`has the VRRP version "${statement.argument()}", which is ignored`);
}

function multicast(statement: Statement, conf: Conf, family: 4 | 6): void {
  const found = plainAddress(statement.argument());
  if (found?.family !== family) return;
  if (family === 6) conf.globals.multicast6 = found.address;
  else if (/^(22[4-9]|23\d)\./.test(found.address)) conf.globals.multicast4 = found.address;
}

/** Keywords of `global_defs` that change nothing that is judged here. */
const plainGlobals = `
  process_names router_id notification_email_from smtp_helo_name smtp_alert startup_script
  startup_script_timeout shutdown_script shutdown_script_timeout max_auto_priority
  min_auto_priority_delay smtp_alert_vrrp smtp_alert_checker checker_log_all_failures
  no_email_faults default_interface disable_local_igmp lvs_timeouts lvs_flush lvs_flush_on_stop
  lvs_flush_onstop lvs_sync_daemon vrrp_min_garp vrrp_garp_extra_if vrrp_vmac_garp_intvl
  vrrp_lower_prio_no_advert vrrp_higher_prio_send_advert vrrp_iptables vrrp_ipsets nftables
  nftables_ifindex nftables_ipvs nftables_counters vrrp_check_unicast_src vrrp_priority
  vrrp_no_swap vrrp_rt_priority vrrp_cpu_affinity notify_fifo notify_fifo_script
  vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes
  fifo_write_vrrp_states_on_reload lvs_notify_fifo lvs_notify_fifo_script checker_priority
  checker_no_swap checker_rt_priority checker_cpu_affinity bfd_priority bfd_no_swap
  bfd_rt_priority bfd_cpu_affinity snmp_socket enable_traps enable_snmp_vrrp
  enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_checker
  enable_dbus dbus_service_name vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force
  vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs
  process_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
  lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force rs_init_notifies
  no_checker_emails vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier log_unknown_vrids
  reload_time_file reload_repeat reload_file include_check tmp_config_directory
  data_use_instance
`
  .trim()
  .split(/\s+/);

/** The same, and each wants a value. */
const valuedGlobals = `
  bfd_process_name bfd_rlimit_rtime bfd_rlimit_rttime checker_process_name checker_rlimit_rtime
  checker_rlimit_rttime config_save_dir lvs_process_name nftables_ipvs_priority
  nftables_ipvs_start_fwmark nftables_priority process_name random_seed smtp_connect_timeout
  smtp_server umask vmac_addr_prefix vmac_prefix vrrp_down_timer_adverts vrrp_garp_interval
  vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_master_delay
  vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat
  vrrp_gna_interval vrrp_process_name vrrp_rlimit_rtime vrrp_rlimit_rttime vrrp_startup_delay
`
  .trim()
  .split(/\s+/);

/** The ones that came after 2.2. */
const newerGlobals = [
  "dbus_no_interface_name",
  "iproute_etc_dir",
  "iproute_usr_dir",
  "json_dump_file",
  "json_version",
  "snmp_rs_stats_update_interval",
  "snmp_vs_stats_update_interval",
  "state_dump_file",
  "stats_dump_file",
  "use_symlink_paths",
  "v3_checksum_as_v2",
  "vrrp_delay_after_boot",
  "vrrp_owner_ignore_adverts",
];
