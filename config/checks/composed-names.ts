import { type Composed, sameComposed } from "../../model/names";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import type { StackConfig, TraefikPairConfig } from "../stack";
import { sectionsOf, vrrpAddresses } from "../virtual-addresses";

/** Entries whose resources would have one name, which the engine refuses in the middle of a plan. */
export function composedNameProblems(stack: StackConfig): Problem[] {
  const addresses = vrrpAddresses<Pick<TraefikPairConfig, "members">>(stack);
  const pairs = sectionsOf("vrrp").map(({ name }) =>
    addresses
      .filter(({ section }) => section === name)
      .flatMap(({ name: of, settings: { members } }) =>
        members.flatMap(({ guest, host }, index): Composed<Path>[] => {
          const member = guest ?? host;
          const path = [name, of, "members", index];
          return member === undefined ? [] : [{ of, member, path }];
        }),
      ),
  );
  const groups = Object.entries(stack.haGroups).flatMap(([of, { guests }]) =>
    guests.map((member, index): Composed<Path> => {
      return { of, member, path: ["haGroups", of, "guests", index] };
    }),
  );
  const tunnels = Object.entries(stack.tunnels).flatMap(([of, { connectors }]) =>
    (connectors?.hosts ?? []).flatMap(({ guest, host }, index): Composed<Path>[] => {
      const member = guest ?? host;
      const path = ["tunnels", of, "connectors", "hosts", index];
      return member === undefined ? [] : [{ of, member, path }];
    }),
  );
  return [...pairs, groups, tunnels].flatMap(sameComposed).map(({ later, earlier }) => ({
    path: later.path,
    message: `"${later.member}" of "${later.of}" and "${earlier.member}" of "${earlier.of}" both make resources called "${later.of}-${later.member}"; rename one of "${later.of}" and "${earlier.of}"`,
    severity: "error",
  }));
}
