import { expect, test, vi } from "vitest";
import { needTool } from "../../support/tools";
import { type Group, handoverMembers, type Members } from "./members";

needTool("nft");

const N = 20;

/** Waits until members answer a group of connections, all of which live. */
const answered = ({ groups }: Members, group: string, by: Record<string, number>) =>
  vi.waitFor(() => expect(groups()[group]).toMatchObject({ by, lost: {} }), {
    timeout: 20_000,
    interval: 100,
  });

/** Waits until every connection of a group has had ten answers more, or was lost. */
async function goneOn({ groups }: Members, group: string): Promise<Group | undefined> {
  const before = groups()[group]?.exchanges ?? 0;
  await vi.waitFor(
    () => {
      const { exchanges = 0, lost = {} } = groups()[group] ?? {};
      if (Object.keys(lost).length === 0) expect(exchanges).toBeGreaterThan(before + 10);
    },
    { timeout: 20_000, interval: 100 },
  );
  return groups()[group];
}

/** Opens connections, and waits for answers of the one member that shall have them. */
async function opened(lan: Members, group: string, from: number, by: string): Promise<void> {
  lan.order("open", from, N, group);
  await answered(lan, group, { [by]: N });
}

/** The first member is master. */
async function begun(lan: Members): Promise<void> {
  await vi.waitFor(() => expect(lan.members.map(({ host }) => host.state)[0]).toBe("MASTER"), {
    timeout: 20_000,
    interval: 100,
  });
}

const kept = (by: string) => ({ by: { [by]: N }, lost: {} });

test.each(["ipv4", "ipv6", "both"] as const)(
  "a planned switch there and back within one drain time keeps every connection (%s)",
  async (house) => {
    const lan = await handoverMembers(2, 120, undefined, house);
    const [alpha, beta] = lan.members;
    try {
      await begun(lan);
      // Their ports are used again, while alpha still remembers them (TIME_WAIT).
      lan.order("visit", 50_000, N);
      await opened(lan, "early", 51_000, "alpha");
      expect(alpha?.leave()).toMatch(/^kept 120\ntook \d+\n$/);
      await opened(lan, "middle", 50_000, "beta");
      expect(await goneOn(lan, "early")).toMatchObject(kept("alpha"));
      expect([alpha?.inForce(), beta?.inForce()]).toEqual([["holds"], ["passes"]]);
      expect(alpha?.back()).toMatch(/^kept 120\ntook \d+\n$/);
      await opened(lan, "late", 52_000, "alpha");
      expect(await goneOn(lan, "early")).toMatchObject(kept("alpha"));
      expect(await goneOn(lan, "middle")).toMatchObject(kept("beta"));
      // The rest is the same in either family.
      if (house !== "ipv4") return;
      // And once more by a drill, while the rules of the first time are still there.
      alpha?.drill("begin");
      await vi.waitFor(() => expect(beta?.host.state).toBe("MASTER"), { timeout: 20_000 });
      await opened(lan, "again", 53_000, "beta");
      alpha?.drill("undo");
      await vi.waitFor(() => expect(beta?.host.state).toBe("BACKUP"), { timeout: 20_000 });
      await opened(lan, "last", 54_000, "alpha");
      for (const group of ["early", "late"]) {
        expect(await goneOn(lan, group), group).toMatchObject(kept("alpha"));
      }
      for (const group of ["middle", "again"]) {
        expect(await goneOn(lan, group), group).toMatchObject(kept("beta"));
      }
    } finally {
      lan.close();
    }
  },
);

test.each([
  [
    "there is no rule",
    "early",
    (script: string) => script.replace("| nft -f - ", "| cat >/dev/null "),
  ],
  [
    "the address is not kept on lo",
    "early",
    (script: string) => script.replaceAll("dev lo 2>/dev/null", "dev none0"),
  ],
  [
    "a connection that is over counts as one that is open",
    "middle",
    (script: string) =>
      script.replace("tcp goto choose", "tcp tcp flags & syn == 0 socket wildcard 1 goto choose"),
  ],
])("connections are cut where %s", async (_, group, spoil) => {
  const lan = await handoverMembers(2, 120, spoil);
  const [alpha] = lan.members;
  try {
    await begun(lan);
    lan.order("visit", 50_000, N);
    await opened(lan, "early", 51_000, "alpha");
    alpha?.leave();
    await opened(lan, "middle", 50_000, "beta");
    if (group === "middle") {
      alpha?.back();
      await opened(lan, "late", 52_000, "alpha");
    }
    expect((await goneOn(lan, group))?.lost).not.toEqual({});
  } finally {
    lan.close();
  }
});

test("nothing is left on the taker when the holder dies while it drains", async () => {
  const lan = await handoverMembers(2, 600);
  const [alpha, beta] = lan.members;
  try {
    await begun(lan);
    await opened(lan, "early", 51_000, "alpha");
    alpha?.leave();
    expect(beta?.inForce()).toEqual(["passes"]);
    alpha?.host.close();
    await vi.waitFor(() => expect(beta?.inForce()).toEqual([]), { timeout: 40_000, interval: 500 });
    await opened(lan, "after", 52_000, "beta");
  } finally {
    lan.close();
  }
});

test("a command that is killed half-way leaves nothing after its time, and the next one works", async () => {
  const lan = await handoverMembers(2, 3);
  const [alpha, beta] = lan.members;
  try {
    await begun(lan);
    await opened(lan, "early", 51_000, "alpha");
    alpha?.host.run(
      `sed 's@askAll "take@sleep 60; askAll "take@' /usr/local/bin/keepalived_handover.sh >/run/half.sh
       timeout -s KILL 2 bash /run/half.sh leave 6; true`,
    );
    expect([alpha?.inForce(), beta?.inForce()]).toEqual([["holds"], []]);
    await vi.waitFor(() => expect(alpha?.inForce()).toEqual([]), {
      timeout: 20_000,
      interval: 500,
    });
    expect(alpha?.leave()).toMatch(/^kept 3\n/);
    expect(await goneOn(lan, "early")).toMatchObject(kept("alpha"));
    await vi.waitFor(() => expect([alpha?.inForce(), beta?.inForce()]).toEqual([[], []]), {
      timeout: 40_000,
      interval: 500,
    });
  } finally {
    lan.close();
  }
});

test("three members keep the connections of each other", async () => {
  const lan = await handoverMembers(3, 120);
  const [alpha, beta] = lan.members;
  try {
    await begun(lan);
    await opened(lan, "first", 51_000, "alpha");
    expect(alpha?.leave()).toMatch(/^kept 120\n/);
    await opened(lan, "second", 52_000, "beta");
    expect(beta?.leave()).toMatch(/^kept 120\n/);
    await opened(lan, "third", 53_000, "gamma");
    expect(await goneOn(lan, "first")).toMatchObject(kept("alpha"));
    expect(await goneOn(lan, "second")).toMatchObject(kept("beta"));
    expect(alpha?.back()).toMatch(/^kept 120\n/);
    for (const [group, by] of [
      ["first", "alpha"],
      ["second", "beta"],
      ["third", "gamma"],
    ] as const) {
      expect(await goneOn(lan, group), group).toMatchObject(kept(by));
    }
  } finally {
    lan.close();
  }
});
