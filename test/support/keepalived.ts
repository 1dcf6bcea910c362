import { membersOf } from "../../model/keepalived/members";
import { readConf } from "../../model/keepalived/read";
import type { VrrpMember } from "../../model/vrrp/types";

/** The members of a file that keepalived starts with. */
export function membersIn(text: string): VrrpMember[] {
  const reading = readConf(text);
  if (reading.refused) throw new Error(`keepalived refuses the file: ${reading.refused.message}`);
  return membersOf(reading);
}
