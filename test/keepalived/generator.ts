import fc from "fast-check";

/** A line with the lines of its block. */
interface Block {
  head: string;
  body?: Block[];
}

/** A file with what stands around it on its host. */
export interface GeneratedFile {
  text: string;
  /** Included files by path. */
  files: Map<string, string>;
}

const word = (...words: string[]) => fc.constantFrom(...words);
const often = <Value>(good: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>, weight = 9) =>
  fc.oneof({ arbitrary: good, weight }, { arbitrary: odd, weight: 1 });
const line = (head: fc.Arbitrary<string>): fc.Arbitrary<Block> =>
  head.map((text) => ({ head: text }));
const setting = (keyword: string, value: fc.Arbitrary<string>): fc.Arbitrary<Block> =>
  line(value.map((text) => `${keyword} ${text}`.trimEnd()));
const block = (
  head: fc.Arbitrary<string>,
  item: fc.Arbitrary<Block>,
  sizes: { minLength?: number; maxLength?: number } = { maxLength: 3 },
): fc.Arbitrary<Block> =>
  fc.tuple(head, fc.array(item, sizes)).map(([text, body]) => ({ head: text, body }));

const instanceNames = word("VI_1", "VI_1", "VI_2", "DNS", '"web front"', "group");
const scriptNames = word("chk", "chk2", "other", "group");
const fileNames = word("aside", "ready");
const processNames = word("web", "db");

const whole = (min: number, max: number) => fc.integer({ min, max }).map(String);
const oddNumber = word(
  "0",
  "-1",
  "256",
  "300",
  "abc",
  "12abc",
  "1.5",
  "",
  '"7"',
  "+5",
  "007",
  "99999999999",
);
const weight = often(
  fc.integer({ min: -253, max: 253 }).map(String),
  word("-254", "254", "-255", "999", "abc", "-10x", "0", "+20"),
);
const reverse = word("", "", "", "", " reverse", " noreverse", " upside");
const seconds = often(
  word("1", "2", "5"),
  word("0", "0.5", "1.5", "-1", "abc", "2s", ".5", "1.0000005", "300", "0.001"),
);

const ipv4 = often(
  word("192.168.1.60", "192.168.1.60/24", "192.168.1.61/32", "10.99.0.60/24"),
  word("192.168.1.060", "192.168.1.300", "192.168.1", "192.168.1.62/33", "192.168.1.62/abc", "x"),
);
const ipv6 = often(
  word("fd00:0:0:1::60/64", "FD00:0:0:1:0::60/64", "fe80::1", "::ffff:10.0.0.1"),
  word("fd00::1%eth0", "fd00:::1", "fd00::1/200", "fd00:0:0:1:0:0:0:0060"),
);
const device = often(word("eth0", "eth1"), word("eth7", "eth0;", "lo"), 60);
const addressOption = fc.oneof(
  device.map((name) => ` dev ${name}`),
  word(" brd 192.168.1.255", " brd +", " label eth0:vip", " scope global", " no_track", " dev"),
  word(" 192.168.1.63", " nonsense", " label", " label averyveryverylonglabel", " home"),
);
const vip = fc
  .tuple(
    fc.oneof({ arbitrary: ipv4, weight: 4 }, { arbitrary: ipv6, weight: 1 }),
    fc.array(addressOption, { maxLength: 1 }),
  )
  .map(([address, options]) => address + options.join(""));
const peer = fc
  .tuple(
    often(
      word("192.168.1.103", "192.168.1.104", "10.99.0.2"),
      word("fd00:0:0:1::2", "192.168.1.103/24", "192.168.1.3-9", "beta"),
    ),
    word("", "", "", " min_ttl 1 max_ttl 64", " 192.168.1.105"),
  )
  .map((parts) => parts.join(""));

const tracked = (names: fc.Arbitrary<string>) =>
  line(
    fc
      .tuple(
        names,
        often(
          word(""),
          fc.tuple(weight, reverse).map(([amount, way]) => ` weight ${amount}${way}`),
          2,
        ),
        word("", "", "", "", "", " weight", " extra", " #c"),
      )
      .map((parts) => parts.join("")),
  );

/** What an instance and a sync group may both track. */
const tracking = fc.oneof(
  block(word("track_script"), tracked(scriptNames)),
  block(word("track_interface"), tracked(often(word("eth0", "eth1"), word("eth9"), 80))),
  block(word("track_file"), tracked(fileNames)),
  block(word("track_process"), tracked(processNames)),
);

const junk = line(
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

const instance: fc.Arbitrary<Block> = fc
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

const script: fc.Arbitrary<Block> = block(
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

const process: fc.Arbitrary<Block> = block(
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

const file: fc.Arbitrary<Block> = block(
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

const group: fc.Arbitrary<Block> = block(
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

const globals: fc.Arbitrary<Block> = block(
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

const definition: fc.Arbitrary<Block> = line(
  word(
    "$PRIO=150",
    "$PRIO= 99 # why",
    "$TRACK=\\\n  track_script { \\\n  chk\n  }",
    "$NAME=VI_9",
    "$PRIO = 1",
    "$ADDR=192.168.1.60",
  ),
);

const server: fc.Arbitrary<Block> = fc.constant({
  head: "virtual_server 10.0.0.1 443",
  body: [
    { head: "delay_loop 6" },
    { head: "real_server 10.0.0.2 443", body: [{ head: "weight 1" }] },
  ],
});

type Style = "usual" | "brace below" | "one line" | "crlf";

function rendered({ head, body }: Block, style: Style, depth: string): string[] {
  if (body === undefined) return [`${depth}${head}`];
  const inner = body.flatMap((one) => rendered(one, style, `${depth}    `));
  if (style === "brace below") return [`${depth}${head}`, `${depth}{`, ...inner, `${depth}}`];
  if (style === "one line" && !inner.some((one) => /[#!\\]/.test(one))) {
    return [`${depth}${head} { ${inner.map((one) => one.trim()).join(" ")} }`];
  }
  return [`${depth}${head} {`, ...inner, `${depth}}`];
}

const damage = word("", "", "", "", "", "", "", "", "", "", "}", "{", "vrrp_instance X {");

/** Files of every construct, in every order and layout, right and wrong ones. */
export const generatedFile: fc.Arbitrary<GeneratedFile> = fc
  .record({
    before: fc.array(
      fc.oneof(script, script, process, file, globals, definition, group, server, junk),
      { maxLength: 5 },
    ),
    scripts: fc.array(script, { maxLength: 2 }),
    instances: fc.array(instance, { minLength: 1, maxLength: 3 }),
    after: fc.array(fc.oneof(group, script, instance, file), { maxLength: 2 }),
    styles: fc.array(
      word("usual", "usual", "usual", "usual", "brace below", "one line") as fc.Arbitrary<Style>,
      {
        minLength: 6,
        maxLength: 6,
      },
    ),
    crlf: fc.boolean(),
    damage,
    included: fc.option(
      fc.tuple(
        fc.nat(),
        word("more.conf", "conf.d/*.conf", "/etc/keepalived/conf.d/a.conf", "conf.d/{a,b}.conf"),
      ),
    ),
  })
  .map(({ before, scripts, instances, after, styles, crlf, damage: broken, included }) => {
    const blocks = [...before, ...scripts, ...instances, ...after];
    const texts = blocks.map((one, index) =>
      rendered(one, styles[index % styles.length] ?? "usual", "").join("\n"),
    );
    const files = new Map<string, string>();
    if (included) {
      const [place, pattern] = included;
      const at = place % texts.length;
      const target = pattern.startsWith("/")
        ? pattern
        : `/etc/keepalived/${pattern.replace("*", "a").replace("{a,b}", "a")}`;
      files.set(target, `${texts[at] ?? ""}\n`);
      texts[at] = `include ${pattern}`;
    }
    const text = `${[...texts, ...(broken === "" ? [] : [broken])].join("\n")}\n`;
    return { text: crlf ? text.replaceAll("\n", "\r\n") : text, files };
  });
