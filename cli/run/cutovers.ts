import { cutoverFacts } from "../../config/checks/cutover-facts";
import type { StackConfig } from "../../config/stack";
import { cutoverPhases } from "../../model/cutover/phases";
import type { DeclaredCutover, Report } from "../report/types";

/** The cutovers of a stack file for the report; nothing where there is none. */
export function declaredCutovers(stack: StackConfig): Pick<Report, "cutovers"> {
  const cutovers = Object.keys(stack.cutovers).flatMap((name): DeclaredCutover[] => {
    const facts = cutoverFacts(stack, name);
    if (!facts) return [];
    const { from, to, variant, consumers } = facts;
    return [
      {
        name,
        from,
        to: to.what === to.address ? to.address : `${to.address} (${to.what})`,
        variant,
        consumers: consumers.length,
        phases: cutoverPhases(facts).map(({ id }) => id),
      },
    ];
  });
  return cutovers.length > 0 ? { cutovers } : {};
}
