import { expect, test } from "vitest";
import { keepalivedFile } from "../../../policy/rules/keepalived-file";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { command, keepalivedConf, resource } from "../resources";

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
