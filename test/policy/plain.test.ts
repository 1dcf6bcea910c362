import { FileAsset, RemoteAsset, StringAsset } from "@pulumi/pulumi/asset";
import { expect, test } from "vitest";
import { plain, plainProps, UNKNOWN } from "../../policy/reading/plain";
import { proxied, unknown } from "./proxied";

test("an unknown value becomes UNKNOWN and leaves its neighbours readable", async () => {
  const props = proxied({ host: unknown.text, hops: [unknown.text, "b"], port: 22 });

  expect(await plainProps(props)).toEqual({ host: UNKNOWN, hops: [UNKNOWN, "b"], port: 22 });
});

test("the text of an asset is read through the pack's proxy", async () => {
  const props = proxied({ source: new StringAsset("vrrp_instance A {") });

  expect(await plainProps(props)).toEqual({ source: "vrrp_instance A {" });
});

test("a file asset is read, and one that is not there is unknown", async () => {
  const sources = [
    new FileAsset("test/raw-program/Pulumi.yaml"),
    new FileAsset("test/raw-program/missing.conf"),
    new RemoteAsset("https://example.org/keepalived.conf"),
  ];

  const [found, missing, remote] = (await plain(sources)) as unknown[];

  expect(found).toContain("name: raw-traefik-pair");
  expect([missing, remote]).toEqual([UNKNOWN, UNKNOWN]);
});

test("a secret is unwrapped, and what is no data is unknown", async () => {
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value: { host: "192.168.1.110" },
  };

  expect(await plain([secret, new Date(0), () => 1, null, false])).toEqual([
    { host: "192.168.1.110" },
    UNKNOWN,
    UNKNOWN,
    null,
    false,
  ]);
});
