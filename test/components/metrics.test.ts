import { expect, test } from "vitest";
import { KeepalivedLb } from "../../components/keepalived-lb";
import { TraefikHaPair } from "../../components/traefik-ha-pair";
import { record } from "./recorder";
import { balancer, pair } from "./vrrp-data";

const monitoring = { exporterPort: 9200, scrapeIntervalSec: 30 };

const registered = async (build: () => unknown) =>
  new Map(
    (await record(build)).resources.map(({ name, inputs, dependsOn }) => [
      name,
      { inputs, dependsOn },
    ]),
  );

test.each([
  ["a pair", (more: object) => new TraefikHaPair("web", { ...pair, ...more })],
  ["load balancers", (more: object) => new KeepalivedLb("web", { ...balancer, ...more })],
])(
  "of %s, monitoring adds three files on each member and a package, and changes nothing else",
  async (_what, build) => {
    const before = await registered(() => build({}));
    const after = await registered(() => build({ monitoring }));
    const added = [...after.keys()].filter((name) => !before.has(name));
    expect(added).toHaveLength(6);
    expect(added.filter((name) => !/-(metrics|exporter)-/.test(name))).toEqual([]);
    const changed = [...before].filter(
      ([name, { inputs }]) => JSON.stringify(inputs) !== JSON.stringify(after.get(name)?.inputs),
    );
    expect(changed.map(([name]) => name).filter((name) => !/-packages$|^web$/.test(name))).toEqual(
      [],
    );
    const packages = changed.filter(([name]) => name.endsWith("-packages"));
    expect(packages).toHaveLength(2);
    for (const [name] of packages) {
      expect(String(after.get(name)?.inputs.create)).toContain(" prometheus-node-exporter;");
    }
    // A member without metrics serves as well: nothing waits for them but themselves.
    const waiting = [...after].filter(
      ([name, { dependsOn }]) =>
        !added.includes(name) && dependsOn.some((one) => added.includes(one)),
    );
    expect(waiting.map(([name]) => name)).toEqual([]);
  },
);

test("each member listens on its own address, and only the first says how copying goes", async () => {
  const all = await registered(
    () => new TraefikHaPair("web", { ...pair, replication: {}, monitoring }),
  );
  const text = (name: string) => String(all.get(name)?.inputs.stdin);
  expect(text("web-traefik-exporter-drop-in")).toContain(
    "--web.listen-address=192.168.1.110:9200 ",
  );
  expect(text("web-traefik-2-exporter-drop-in")).toContain(
    "--web.listen-address=192.168.1.103:9200 ",
  );
  expect(text("web-traefik-metrics-script")).toContain("homelab_replication_started");
  expect(text("web-traefik-2-metrics-script")).not.toContain("homelab_replication_started");
  expect(text("web-traefik-2-metrics-script")).toContain("sleep 30\n");
});

test.each([
  ["Traefik's health check", { exporterPort: 8080 }, /found 8080, the port of "pingPort"/],
  ["an entry point", { exporterPort: 443 }, /found 443, the port of "websecure"/],
])("the exporter cannot have the port of %s", (_what, settings, message) => {
  expect(() => new TraefikHaPair("web", { ...pair, monitoring: settings })).toThrow(message);
});

test("nor that of HAProxy's statistics", () => {
  expect(
    () => new KeepalivedLb("web", { ...balancer, monitoring: { exporterPort: 8404 } }),
  ).toThrow(/found 8404, the port of "stats.port"/);
});
