import { expect, test } from "vitest";
import { judgeCaExpiry } from "../../../model/haproxy/ca-expiry";
import { newCa } from "../../support/kubeadm/ca";

const DAY_MS = 24 * 60 * 60 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS + 60_000);
const ca = newCa(200);
const messages = (pem: string, now: Date) =>
  judgeCaExpiry(pem, now).map(
    ({ severity, message }) => `${severity}: ${message.replace(/\d{4}-\d\d-\d\d/, "DAY")}`,
  );

test("a CA that lasts is not mentioned, nor is no CA", () => {
  expect(messages(ca, inDays(0))).toEqual([]);
  expect(messages(ca, inDays(109))).toEqual([]);
  expect(messages("", inDays(0))).toEqual([]);
});

test("a CA that ends soon is a warning, one that has ended an error", () => {
  expect(messages(ca, inDays(111))).toMatchInlineSnapshot(`
    [
      "warning: the CA's certificate ends on DAY, in 88 days; after that every master counts as dead",
    ]
  `);
  expect(messages(ca, inDays(198))).toMatchInlineSnapshot(`
    [
      "warning: the CA's certificate ends on DAY, in 1 day; after that every master counts as dead",
    ]
  `);
  expect(messages(ca, inDays(200))).toMatchInlineSnapshot(`
    [
      "error: the CA's certificate ended on DAY, so every master would count as dead",
    ]
  `);
});

test("of two certificates the one that lasts longer counts", () => {
  expect(messages(ca + newCa(500), inDays(200))).toEqual([]);
});
