import { expect, test } from "vitest";
import { judgeBackups } from "../../../model/backup/age";

const now = 1_800_000_000;
const hour = 3600;

test.each([
  [{ checkedAt: undefined }, "warning", "traefik has no backup"],
  [{ checkedAt: now - 20 * hour }, "ok", "the backup of traefik is 20 h old; 3 kept"],
  [{ checkedAt: now - 48 * hour }, "ok", "the backup of traefik is 2 days old; 3 kept"],
  [
    { checkedAt: now - 49 * hour },
    "warning",
    "the backup of traefik is 2 days old, expected 24 h at most",
  ],
  [
    { checkedAt: now - 200 * hour },
    "problem",
    "the backup of traefik is 8 days old, expected 24 h at most",
  ],
  [
    { checkedAt: now - hour, leftOut: 2 },
    "warning",
    "the backup of traefik is 60 min old, and leaves 2 paths out that could not be restored",
  ],
  // Clocks may differ a little; one that was set back makes no backup new for ever.
  [{ checkedAt: now + 60 }, "ok", "the backup of traefik is 0 s old; 3 kept"],
  [
    { checkedAt: now + hour },
    "warning",
    "the backup of traefik is from 60 min ahead of this machine's clock, so its age is not known",
  ],
])("a backup %o is %s", (known, level, text) => {
  const standing = { place: "traefikPairs.traefik", member: "traefik", archives: 3, leftOut: 0 };
  const { checkedAt, ...more } = known as { checkedAt?: number; leftOut?: number };
  const [found] = judgeBackups(
    [{ ...standing, ...more, ...(checkedAt !== undefined && { checkedAt }) }],
    24,
    now,
  );
  expect([found?.level, found?.text]).toEqual([level, text]);
});
