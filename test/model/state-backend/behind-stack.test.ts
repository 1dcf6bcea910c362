import { expect, test } from "vitest";
import { behindStack, type Exposed } from "../../../model/state-backend/behind-stack";

const exposed: Exposed[] = [
  { at: "192.168.1.101", what: "the virtual address of traefikPairs.traefik" },
  { at: "fd00::1:101", what: "the virtual address of traefikPairs.traefik" },
  { at: "s3.house.example", what: "the route s3 of traefikPairs.traefik" },
  { at: "*.internal.example", what: "a name that homelab:dns leads to this stack" },
];

test.each([
  ["postgres://u:p@192.168.1.101/pulumi", "192.168.1.101"],
  ["postgresql://u@192.168.1.101:5433/pulumi?sslmode=require", "192.168.1.101"],
  ["s3://states?endpoint=https://s3.house.example&s3ForcePathStyle=true", "s3.house.example"],
  ["s3://states?endpoint=S3.House.example:9000", "s3.house.example"],
  ["s3://states?region=x&endpoint=http%3A%2F%2F192.168.1.101%3A9000", "192.168.1.101"],
  ["https://pulumi.internal.example", "pulumi.internal.example"],
  ["https://a.b.internal.example./x", "a.b.internal.example"],
])("rejects %s", (url, host) => {
  expect(behindStack(url, exposed)?.host).toBe(host);
});

test.each([
  "file://~",
  "file:///srv/192.168.1.101",
  "s3://192.168.1.101",
  "gs://states",
  "azblob://states",
  "https://api.pulumi.com",
  "postgres://u:p@192.168.1.10/pulumi",
  // The password is no host.
  "postgres://u:s3.house.example@db.example/pulumi",
  "https://internal.example",
  "https://notinternal.example",
])("accepts %s", (url) => {
  expect(behindStack(url, exposed)).toBeUndefined();
});

test("a name is judged by the addresses that it has, too", () => {
  const url = "postgres://u@db.example/pulumi";
  expect(behindStack(url, exposed, ["10.0.0.1"])).toBeUndefined();
  expect(behindStack(url, exposed, ["10.0.0.1", "192.168.1.101"])).toEqual({
    host: "db.example",
    what: "192.168.1.101, the virtual address of traefikPairs.traefik",
  });
  expect(behindStack(url, exposed, ["FD00:0::1:101"])?.host).toBe("db.example");
});
