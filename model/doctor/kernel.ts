import { foreign } from "../foreign-text";
import { type CheckResult, resultsOf } from "./types";

/**
 * Inotify instances that have to be free on a member: keepalived and the watchers of a pair take about
 * ten, and the rest is for what starts beside them.
 */
const FREE_INSTANCES = 16;

/** What `fs.inotify.max_user_instances` should be where it was never set: 128 is for about a dozen containers. */
const ENOUGH_INSTANCES = 1024;

/**
 * Shell lines that ask the kernel of a host. For an instant they take the inotify instances that a
 * member needs: how many are in use, and by which containers, is told to nobody inside of one.
 *
 * @param handover the script with which a member keeps open connections, in the version that `up` would
 *   bring. @default the one that is there, if any
 */
export function kernelQuestion(handover?: string): string {
  const asked =
    handover === undefined
      ? '[ ! -x "$handover" ] || ask "$handover" check'
      : `ask bash -s check <<'${HANDOVER_END}'\n${handover}\n${HANDOVER_END}`;
  return `limit=$(cat "$root/proc/sys/fs/inotify/max_user_instances" 2>/dev/null)
free=$(perl -MPOSIX=uname -e '
  my $number = { x86_64 => 294, aarch64 => 26 }->{(uname)[4]} or exit;
  my $free = 0;
  $free++ while $free < ${FREE_INSTANCES} && syscall($number, 0) >= 0;
  print $free;
' 2>/dev/null)
echo "inotify \${limit:-?} $free"
handover="$root/usr/local/bin/keepalived_handover.sh"
[ ! -x "$handover" ] || echo "rolled out"
ask() { why=$("$@" 2>&1) && why=ok; echo "handover $why"; }
${asked}`;
}

const HANDOVER_END = "END_OF_HANDOVER";

/** Judges whether the kernel has room for what watches files on a member. */
export function judgeInotify(name: string, found = ""): CheckResult {
  const { ok, problem, notChecked } = resultsOf("inotify", name);
  const [limit = "", free] = found.split(" ");
  if (!/^\d+$/.test(limit)) return notChecked("the host does not tell its limit");
  if (free === undefined || !/^\d+$/.test(free)) {
    return notChecked(`no perl tells whether instances are free; the limit is ${limit}`);
  }
  if (Number(free) >= FREE_INSTANCES) return ok(`instances are free, of at most ${limit}`);
  return problem(
    `only ${free} of ${FREE_INSTANCES} instances are free, of at most ${limit} (fs.inotify.max_user_instances) for all unprivileged containers of its node together: keepalived cannot watch its files then, and stays in FAULT`,
    `on its node (a virtual machine: there): echo fs.inotify.max_user_instances=${Math.max(ENOUGH_INSTANCES, 2 * Number(limit))} >/etc/sysctl.d/90-inotify.conf && sysctl --system`,
  );
}

/**
 * Judges whether open connections can be kept over a planned change.
 *
 * @param found what the script says of the host. @default it was not asked: nothing is to be kept
 * @param rolledOut whether the script is on the host already
 */
export function judgeHandover(
  name: string,
  found: string | undefined,
  rolledOut: boolean,
): CheckResult[] {
  if (found === undefined) return [];
  const { ok, problem, notChecked } = resultsOf("open connections", name);
  if (found === "ok") return [ok("can be kept over a planned change")];
  const [what = "", ...fix] = found.split("; ");
  if (!rolledOut && what === "nft is not installed") {
    return [
      notChecked(
        "nft is not installed yet, so its kernel was not asked: `apt-get install nftables` there, or ask again after the first `up`",
      ),
    ];
  }
  return [
    problem(
      `are cut at a planned change: ${foreign(what)}`,
      foreign(fix.join("; ")) || "set drainSec: 0",
    ),
  ];
}
