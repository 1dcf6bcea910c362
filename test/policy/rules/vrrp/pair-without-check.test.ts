import { expect, test } from "vitest";
import { pairWithoutCheck } from "../../../../policy/rules/vrrp";
import { pageTest } from "../../page-test";
import { reported } from "../../reported";
import { pair, rawPair } from "../../resources";

pageTest("pair-without-check", rawPair({ priority: 200 }, { priority: 100, check: false }));

test("a pair with a check on both members passes", async () => {
  expect(await reported(pairWithoutCheck, [pair()])).toEqual([]);
  expect(await reported(pairWithoutCheck, rawPair({ priority: 150 }, { priority: 100 }))).toEqual(
    [],
  );
});

test("rejects a member without a check, and a check that is defined but never tracked", async () => {
  const resources = rawPair({ priority: 150 }, { priority: 100, check: false });
  const untracked = rawPair({ priority: 150 }, { priority: 100 }).map((each) => ({
    ...each,
    props: {
      ...each.props,
      stdin: String(each.props.stdin ?? "").replace(/track_script \{[^}]*\}/, ""),
    },
  }));

  expect(await reported(pairWithoutCheck, resources)).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-without-check: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): "traefik-2" has no health check, so it keeps the virtual address while the service behind it is dead; track a script that checks the service on this host (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-without-check.md)",
    ]
  `);
  expect(await reported(pairWithoutCheck, untracked)).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-without-check: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): "traefik" has no health check, so it keeps the virtual address while the service behind it is dead; track a script that checks the service on this host (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-without-check.md)",
      "[mandatory] pair-without-check: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): "traefik-2" has no health check, so it keeps the virtual address while the service behind it is dead; track a script that checks the service on this host (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-without-check.md)",
    ]
  `);
});

test("another interface that is tracked counts as a check, the own one does not", async () => {
  const tracking = (device: string) =>
    rawPair({ priority: 150, check: false }, { priority: 100, check: false }).map((each) => ({
      ...each,
      props: {
        ...each.props,
        stdin: String(each.props.stdin ?? "").replace(
          "virtual_ipaddress",
          `track_interface {\n        ${device}\n    }\n    virtual_ipaddress`,
        ),
      },
    }));

  expect(await reported(pairWithoutCheck, tracking("eth1"))).toEqual([]);
  expect(await reported(pairWithoutCheck, tracking("eth0"))).toHaveLength(2);
});
