/**
 * The rules for a pack of one's own, beside other rules:
 * `new PolicyPack("mine", { policies: [...rules.flatMap(policiesOf), myOwn] })`.
 */
export { evaluate } from "./evaluate";
export { policiesOf } from "./register";
export type { Located, ObservedResource, Rule, Violation } from "./rule";
export { rules } from "./rules/all";
