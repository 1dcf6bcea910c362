import fc from "fast-check";
import { often, word } from "./atoms";

const ipv4 = often(
  word("192.168.1.60", "192.168.1.60/24", "192.168.1.61/32", "10.99.0.60/24"),
  word("192.168.1.060", "192.168.1.300", "192.168.1", "192.168.1.62/33", "192.168.1.62/abc", "x"),
);
const ipv6 = often(
  word("fd00:0:0:1::60/64", "FD00:0:0:1:0::60/64", "fe80::1", "::ffff:10.0.0.1"),
  word("fd00::1%eth0", "fd00:::1", "fd00::1/200", "fd00:0:0:1:0:0:0:0060"),
);
export const device = often(word("eth0", "eth1"), word("eth7", "eth0;", "lo"), 60);
const addressOption = fc.oneof(
  device.map((name) => ` dev ${name}`),
  word(" brd 192.168.1.255", " brd +", " label eth0:vip", " scope global", " no_track", " dev"),
  word(" 192.168.1.63", " nonsense", " label", " label averyveryverylonglabel", " home"),
);
export const vip = fc
  .tuple(
    fc.oneof({ arbitrary: ipv4, weight: 4 }, { arbitrary: ipv6, weight: 1 }),
    fc.array(addressOption, { maxLength: 1 }),
  )
  .map(([address, options]) => address + options.join(""));
export const peer = fc
  .tuple(
    often(
      word("192.168.1.103", "192.168.1.104", "10.99.0.2"),
      word("fd00:0:0:1::2", "192.168.1.103/24", "192.168.1.3-9", "beta"),
    ),
    word("", "", "", " min_ttl 1 max_ttl 64", " 192.168.1.105"),
  )
  .map((parts) => parts.join(""));
