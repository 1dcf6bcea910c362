import { expect, test } from "vitest";
import { keepalivedFile } from "../../../policy/rules/keepalived-file";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { command, container, keepalivedConf, resource } from "../resources";

const configMap = (text: string) =>
  resource("kubernetes:core/v1:ConfigMap", "vip", { data: { "keepalived.conf": text } });
const good = keepalivedConf({ priority: 150 });
const without = good.replace("    virtual_router_id 51\n", "");

pageTest("keepalived-file", [
  command(
    "dns-conf",
    "192.168.1.5",
    keepalivedConf({ priority: 150 }).replace("    virtual_router_id 51\n", ""),
  ),
]);

test("a keepalived.conf in a ConfigMap is read like one on a host", async () => {
  expect(await reported(keepalivedFile, [configMap(good)])).toEqual([]);
  expect(await reported(keepalivedFile, [configMap(without)])).toEqual([
    expect.stringContaining('[mandatory] keepalived-file: ConfigMap "vip" keepalived.conf'),
  ]);
});

test("one that something else fills in first is left alone", async () => {
  for (const mark of [`\${PRIORITY}`, "{{ .priority }}"]) {
    const template = without.replace("priority 150", `priority ${mark}`);
    expect(await reported(keepalivedFile, [configMap(template)])).toEqual([]);
  }
});

const sending = (source: string) => {
  const text = keepalivedConf({ priority: 150 }).replace(
    "    priority",
    `    unicast_src_ip ${source}\n    unicast_peer {\n        192.168.1.103\n    }\n    priority`,
  );
  return [
    container("alpha", 110, "proxmox2", "192.168.1.110"),
    container("beta", 103, "proxmox3", "192.168.1.103"),
    command("a", "192.168.1.110", text),
  ];
};

test.each([
  ["the host's own address", "192.168.1.110", []],
  ["an address on a link for adverts", "10.99.0.1", []],
  [
    "the other member's address",
    "192.168.1.103",
    ['[mandatory] keepalived-file: keepalived.conf of alpha: instance "VI_1" sends from'],
  ],
  [
    "an address that no host of the stack has",
    "192.168.1.11",
    ['[advisory] keepalived-file-advice: keepalived.conf of alpha: instance "VI_1" sends from'],
  ],
])("adverts from %s", async (_, source, expected) => {
  const found = await reported(keepalivedFile, sending(source));

  expect(found).toEqual(expected.map((start) => expect.stringContaining(start)));
});
