import { z } from "zod";
import { stackPhases } from "../../model/cutover/types";
import { familyOf } from "../../model/network/address";
import { isUsable } from "../../model/network/stated-address";
import { isObject } from "../file/raw";
import { absolutePath, count, hostname, ipAddress, name, port, shown } from "./network";

/** Where something is that needs no network: the machine that runs the command. */
export const THIS_MACHINE = "this-machine";

const sentence = (what: string) =>
  z.string({
    error: (issue) =>
      issue.input === undefined
        ? `missing, expected ${what} in words; add it`
        : `found ${shown(issue.input)}, expected ${what} in words; write a sentence`,
  });

const hand = {
  step: sentence("what a person does").describe("What a person does, in words."),
  undo: sentence("how it is taken back").describe("How a person takes it back, in words."),
};

const serverMistake = (issue: { input?: unknown }) =>
  `found ${shown(issue.input)}, expected the address of a DNS server; write e.g. 192.168.1.253, 192.168.1.253:5353 or [fd00:1::53]:5353`;

const server = z
  .string({ error: serverMistake })
  .refine(isServer, { error: serverMistake })
  .describe("Address of a DNS server, with a port if it is not 53.");

/** An address, with a port behind it; IPv6 has brackets then. */
function isServer(text: string): boolean {
  const [, six, four] = /^(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::\d{1,5})?$/.exec(text) ?? [];
  const address = six ?? four ?? text;
  return isUsable(address) && (six === undefined || familyOf(six) === 6);
}

const probe = z
  .strictObject({
    host: hostname.describe("Host name of the request."),
    address: ipAddress
      .optional()
      .describe("Address that is connected to. Default: what the host name resolves to."),
    port: port.default(443).describe("Port."),
    path: z.string().regex(/^\//).default("/").describe("Path."),
  })
  .optional()
  .describe(
    "HTTPS request that succeeds once it is done. Default: a person says so with --confirm.",
  );

const byHand = <K extends string>(kind: K, at: string) =>
  z.strictObject({
    kind: z.literal(kind).describe("What kind of consumer it is."),
    at: z.string().min(1).describe(at),
    ...hand,
    check: probe,
  });

/** Somebody who uses the old address, and how it is told the new one. */
export const consumerSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("tunnel").describe("What kind of consumer it is."),
      tunnel: name.describe("Name in `tunnels`; its rules are changed by this stack."),
      check: probe,
    }),
    z.strictObject({
      kind: z.literal("dns").describe("What kind of consumer it is."),
      record: hostname.describe("Name in `dns`."),
      servers: z.array(server).min(1).describe("DNS servers that must all give the new answer."),
      probe: hostname
        .optional()
        .describe("Name to ask for. Default: the record; `cutover-check` in place of its `*`."),
      stage: count("a stage", 1, 20)
        .default(1)
        .describe("Records of one stage move together, lower stages first."),
      ...hand,
    }),
    byHand("firewallAlias", "Name of the alias, and of the firewall."),
    byHand("allowlist", "Where the list is kept."),
    byHand("monitor", "Where the monitor is, and what it looks at."),
    byHand("stateBackend", "Whose state it is, and the URL in its settings."),
    byHand("secret", "Where the secret is kept, and which address stands in it."),
    byHand("other", "Where the address stands."),
  ],
  {
    error: ({ code, input }) =>
      code === "invalid_union"
        ? `found ${shown(isObject(input) ? input.kind : input)}, expected one of tunnel, dns, firewallAlias, allowlist, monitor, stateBackend, secret, other; change it`
        : undefined,
  },
);

const stateBackend = z.string().superRefine((value, context) => {
  const message = /^[a-z0-9+]+:\/\/[^/?#]*:[^/?#]*@/i.test(value)
    ? "contains a password (not shown here); leave it out and give it in the environment, e.g. PGPASSWORD"
    : /^[a-z0-9+]+:\/\//i.test(value)
      ? undefined
      : `found ${shown(value)}, expected the URL of a Pulumi state backend; write what PULUMI_BACKEND_URL holds, e.g. file://~`;
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** A move of clients from one address to another, with everybody who uses the old one. */
export const cutoverSchema = z.strictObject({
  from: ipAddress.describe("Address that clients use today."),
  to: z
    .strictObject({
      kubernetesIngress: name.optional().describe("Address of a Kubernetes ingress."),
      traefikPair: name.optional().describe("Virtual address of a pair."),
      address: ipAddress
        .optional()
        .describe("A plain address, of something this stack does not make."),
    })
    .describe("Where they go: exactly one."),
  variant: z
    .enum(["additive", "in-place"])
    .default("additive")
    .describe(
      "`additive`: the new address answers beside the old one until all have moved. `in-place`: one gives way to the other, which interrupts service in an announced window.",
    ),
  window: sentence("when the interruption is announced for")
    .optional()
    .describe("When service may be interrupted, as it is announced; for `in-place` only."),
  phase: z
    .enum(stackPhases)
    .default("before")
    .describe(
      "How far this stack is, set by `homelab cutover`: nothing of the move; the new address answers; the tunnels lead to it as well. For a move to a Kubernetes ingress.",
    ),
  fromService: z
    .strictObject({
      name: name.describe("Name of the Service."),
      namespace: name.describe("Its namespace."),
    })
    .optional()
    .describe("Kubernetes Service that has the old address: tunnels lead there until they move."),
  shares: z
    .record(
      name,
      z.strictObject({
        ports: z.array(port).min(1).describe("Its ports on that address."),
      }),
    )
    .default({})
    .describe("What else answers at the old address today, by name."),
  consumers: z
    .record(name, consumerSchema)
    .describe("Everybody who uses the old address or is to use the new one, by name."),
  credentials: z
    .record(
      name,
      z.strictObject({
        at: hostname.describe(
          "Host name or address through which it is reached, or `this-machine`.",
        ),
      }),
    )
    .default({})
    .describe("Credentials that the move needs, by name; never their values."),
  stateBackend: stateBackend.describe(
    "URL of the Pulumi state backend during the move, without a password.",
  ),
  windowTtlSec: count("seconds", 1, 300)
    .default(60)
    .describe("Time to live of the DNS records while they move, in seconds."),
  verify: z
    .strictObject({
      hosts: z.array(hostname).min(1).describe("Host names that must be served."),
      port: port.default(443).describe("HTTPS port."),
      path: z.string().regex(/^\//).default("/").describe("Path that is asked for."),
      caFile: absolutePath
        .optional()
        .describe(
          "CA certificates, PEM, on the machine that runs the command. Default: its own CAs.",
        ),
      http3: z
        .boolean()
        .optional()
        .describe("Whether HTTP/3 must work. Default: only for a move to a Kubernetes ingress."),
      clientAddress: z
        .strictObject({
          host: hostname.describe("Host name of a whoami-like service."),
          path: z.string().regex(/^\//).default("/").describe("Its path."),
        })
        .optional()
        .describe(
          "A page that shows X-Real-Ip or X-Forwarded-For as the origin sees it. Default: not checked.",
        ),
    })
    .describe("Requests that show whether an address serves."),
});

export type CutoverConfig = z.output<typeof cutoverSchema>;
