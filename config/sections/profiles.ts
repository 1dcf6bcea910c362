import type { z } from "zod";
import { prioritiesInOrder } from "../../model/vrrp/router-ids";
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
  members: readonly { priority?: number | undefined }[];
}

/** The same with every number in place. */
export type WithDefaults<T extends StatedSettings> = Omit<T, keyof ProfileSettings | "members"> &
  Omit<ProfileSettings, "check"> & {
    check: ProfileSettings["check"] & Omit<T["check"], keyof ProfileSettings["check"]>;
  } & { members: (T["members"][number] & { priority: number })[] };

/**
 * Fills in what the profile has where nothing is stated, and works out priorities from the order of
 * the members, and the weight `auto`. The one
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
  const members = withPriorities(stated.members, context);
  const priorities = members.map(({ priority }) => priority);
  const found = weight === "auto" ? automaticWeight(priorities) : (weight ?? usual.weight);
  if (found === undefined) {
    context.issues.push({
      code: "custom",
      path: ["check", "weight"],
      input: weight,
      message: `found "auto", but no weight hands the address over between the priorities ${priorities.join(" and ")}; raise the lowest to at least 2, or use weight 0 (FAULT)`,
    });
  }
  // The rest of the check, such as what is asked, is as it was written.
  const rest = check as Omit<T["check"], keyof ProfileSettings["check"]>;
  return {
    ...stated,
    members,
    ...times,
    ...known({ version: stated.version, advertIntervalSec: stated.advertIntervalSec }),
    check: { ...rest, ...usual, ...known(check), weight: found ?? usual.weight },
  };
}

/** All members state their priority, or none: half an order would be guessed. */
function withPriorities<M extends { priority?: number | undefined }>(
  members: readonly M[],
  context: z.core.$RefinementCtx,
): (M & { priority: number })[] {
  const usual = prioritiesInOrder(members.length);
  const stated = members.findIndex(({ priority }) => priority !== undefined);
  return members.map((member, index) => {
    if (member.priority === undefined && stated >= 0) {
      context.issues.push({
        code: "custom",
        path: ["members", index, "priority"],
        input: undefined,
        message: `missing, expected a VRRP priority from 1 to 254, since members[${stated}] states one; add it, or leave all of them out`,
      });
    }
    return { ...member, priority: member.priority ?? usual[index] ?? 1 };
  });
}
