import { z } from "zod";
import { familyOf } from "../../../model/network/address";
import { absolutePath, hostname, port, shown } from "../network";
import { checkSchema } from "../vrrp";

/** Kinds of questions of which a check asks one. */
export const CHECK_KINDS = ["dns", "http", "tcp", "mqtt", "script"] as const;

const urlPath = z
  .string()
  .regex(/^\/[A-Za-z0-9_./:@%+,=*-]*$/, {
    error: (issue) =>
      `found ${shown(issue.input)}, expected a path that begins with /; write e.g. /health`,
  })
  .default("/")
  .describe("Path that is asked for.");

const expectedData = z.string().regex(/^[A-Za-z0-9_./:@%+,=*-]{1,255}$/, {
  error: (issue) =>
    `found ${shown(issue.input)}, expected the data of one record without spaces; write e.g. 192.168.1.10`,
});

const RECORD_TYPES = ["A", "AAAA", "CNAME", "NS", "PTR", "SOA", "TXT"] as const;

const lookUpFields = z.strictObject({
  name: z
    .union([z.literal("."), hostname])
    .describe(
      "Name that is looked up. One that the resolver answers by itself: with a name of the internet, an outage of the line takes every member down at once.",
    ),
  type: z.enum(RECORD_TYPES).default("A").describe("Type of record that is looked up."),
  expected: expectedData
    .optional()
    .describe("Data that one of the records has to have. Default: any record of the type will do."),
  port: port.default(53).describe("Port of the resolver; asked over UDP and over TCP."),
});

/** A record of addresses never has other data, so that the check would never pass. */
const lookUp = lookUpFields.superRefine(({ type, expected }, context) => {
  if (expected === undefined || (type !== "A" && type !== "AAAA")) return;
  const family = type === "A" ? 4 : 6;
  if (familyOf(expected) === family) return;
  const other = familyOf(expected) === undefined ? undefined : type === "A" ? "AAAA" : "A";
  const fix =
    other === undefined
      ? `write e.g. ${family === 4 ? "192.168.1.10" : "fd00:1::10"}, or the type of the record`
      : `write type: ${other}, or an IPv${family} address`;
  context.addIssue({
    code: "custom",
    path: ["expected"],
    message: `found ${shown(expected)}, expected an IPv${family} address, for type is ${type}; ${fix}`,
  });
});

const http = z.strictObject({
  port: port.default(80).describe("Port on 127.0.0.1 that answers plain HTTP."),
  path: urlPath,
  status: z
    .int()
    .min(100)
    .max(599)
    .default(200)
    .describe("Status that is expected, e.g. 401 of a service that asks for a password."),
});

const tcp = z.strictObject({
  port: port.describe("Port on 127.0.0.1 that takes connections."),
});

const mqtt = z.strictObject({
  port: port.default(1883).describe("Port on 127.0.0.1 of the broker, without TLS."),
});

const script = z
  .strictObject({
    text: z
      .string()
      .max(65_536)
      .regex(/^#!\/[^\0]+$/, {
        error: (issue) =>
          `found ${shown(issue.input)}, expected a script that begins with its interpreter; write e.g. #!/bin/sh on its first line`,
      })
      .optional()
      .describe(
        "Text of a script that exits with 0 while the service is fit; it is written to every member. No secret may be in it. Default: a program that is there already.",
      ),
    path: absolutePath
      .optional()
      .describe("A program that is on every member already. Default: the text."),
  })
  .superRefine(({ text, path }, context) => {
    if ((text === undefined) !== (path === undefined)) return;
    const found = text === undefined ? 'neither "text" nor "path"' : 'both "text" and "path"';
    context.addIssue({ code: "custom", path: [], message: `found ${found}; state one of them` });
  });

/** What a check may ask, each optional; exactly one is stated. */
export const questionFields = {
  dns: lookUp
    .optional()
    .describe("A look-up, over UDP and over TCP. Default: another kind of check is stated."),
  http: http
    .optional()
    .describe(
      "A request over plain HTTP to the member itself. Default: another kind of check is stated.",
    ),
  tcp: tcp
    .optional()
    .describe(
      "A connection, which a service that hangs takes as well. Default: another kind of check is stated.",
    ),
  mqtt: mqtt
    .optional()
    .describe("A connection of MQTT 3.1.1. Default: another kind of check is stated."),
  script: script
    .optional()
    .describe("A script of one's own. Default: another kind of check is stated."),
};

/** The questions of a check, as they are stated. */
export type Questions = { [Kind in keyof typeof questionFields]?: unknown };

/** What is wrong with the questions of a check: it asks exactly one. */
export function questionMistake(check: Questions): string | undefined {
  const stated = CHECK_KINDS.filter((kind) => check[kind] !== undefined);
  if (stated.length === 1) return undefined;
  const found =
    stated.length === 0 ? "no question" : stated.map((kind) => `"${kind}"`).join(" and ");
  return `found ${found}, expected one of ${CHECK_KINDS.join(", ")}; ${
    stated.length === 0
      ? "state what a member is asked, e.g. dns: { name: router.lan }"
      : "keep one"
  }`;
}

/** The check of a service pair: its question beside the times of every check. */
export const serviceCheckSchema = z
  .strictObject({ ...questionFields, ...checkSchema.shape })
  .superRefine((check, context) => {
    const message = questionMistake(check);
    if (message !== undefined) context.addIssue({ code: "custom", path: [], message });
  });
