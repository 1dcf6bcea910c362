import { expect, test } from "vitest";
import { longestMs, stepMs } from "../../../cli/commands/switch/budget";
import { parseStack } from "../../../config/parse";
import { resolveStack } from "../../../config/resolve";
import { vrrpAddresses } from "../../../config/virtual-addresses";
import { drainSec, type VrrpSettings, vrrpGroup } from "../../../model/vrrp/vrrp";
import { stackData } from "../../support/clusters/stacks";

function resolved(stack: string) {
  const parsed = parseStack(stackData(stack));
  if (!parsed.stack) throw new Error(`Pulumi.${stack}.yaml has mistakes`);
  return resolveStack(parsed.stack);
}

const addresses = ["homelab", "matrix"].flatMap((stack) =>
  vrrpAddresses<VrrpSettings>(resolved(stack)).flatMap(({ place, name, settings }) =>
    settings.members.map((member) => ({
      name: `${stack} ${place} ${member.name}`,
      handoverSec: drainSec(vrrpGroup(name, settings), member.name),
    })),
  ),
);

test.each(addresses)(
  "a switch that meets a hung member ends within 15 s: $name",
  ({ handoverSec }) => {
    expect(longestMs([{ handoverSec, waits: true }])).toBeLessThanOrEqual(15_000);
  },
);

test("a member that nobody relieves is not waited for", () => {
  expect(stepMs({ handoverSec: Infinity, waits: true })).toBe(3000);
  expect(stepMs({ handoverSec: 4, waits: false })).toBe(3000);
});

test("every step that waits its turn is counted", () => {
  const other = { handoverSec: 4, waits: false };
  const last = { handoverSec: 4, waits: true };
  expect(longestMs([other, last]) - longestMs([last])).toBe(stepMs(other));
});
