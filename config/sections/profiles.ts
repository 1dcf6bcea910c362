import type { z } from "zod";
import {
  automaticWeight,
  PROFILES,
  type ProfileSettings,
  type VrrpProfile,
} from "../../model/vrrp/vrrp";
import type { checkSchema } from "./vrrp";

/** The part of a virtual address's settings that a profile fills in, as it is written. */
interface StatedSettings {
  profile: VrrpProfile;
  version?: ProfileSettings["version"];
  advertIntervalSec?: number;
  check: z.output<typeof checkSchema>;
  members: readonly { priority: number }[];
}

/** The same with every number in place. */
export type WithDefaults<T extends StatedSettings> = Omit<T, keyof ProfileSettings> &
  ProfileSettings;

/**
 * Fills in what the profile has where nothing is stated, and works out the weight `auto`. The one
 * place that does: the schemas of the stack file and of the components end with it, and both read
 * its result again unchanged.
 */
export function withDefaults<T extends StatedSettings>(
  stated: T,
  context: z.core.$RefinementCtx,
): WithDefaults<T> {
  const { check: usual, ...times } = PROFILES[stated.profile];
  const { weight, ...check } = stated.check;
  const known = <V extends object>(values: V) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const priorities = stated.members.map(({ priority }) => priority);
  const found = weight === "auto" ? automaticWeight(priorities) : (weight ?? usual.weight);
  if (found === undefined) {
    context.issues.push({
      code: "custom",
      path: ["check", "weight"],
      input: weight,
      message: `found "auto", but no weight hands the address over between the priorities ${priorities.join(" and ")}; raise the lowest to at least 2, or use weight 0 (FAULT)`,
    });
  }
  return {
    ...stated,
    ...times,
    ...known({ version: stated.version, advertIntervalSec: stated.advertIntervalSec }),
    check: { ...usual, ...known(check), weight: found ?? usual.weight },
  };
}
