import type { RuleConfig } from "./rule";

/**
 * Configuration that several policies take, such as the kinds of storages. CrossGuard shows each
 * policy only what stands under its own name, and advice is a policy of its own.
 */
export class SharedConfig {
  private readonly byPolicy = new Map<string, RuleConfig>();

  state(policy: string, config: RuleConfig): void {
    this.byPolicy.set(policy, config);
  }

  /** What was stated under any name; what stands under the policy's own wins. */
  seenBy(policy: string): RuleConfig {
    const own = this.byPolicy.get(policy) ?? {};
    const merged: RuleConfig = {};
    for (const config of [...this.byPolicy.values(), own]) {
      for (const [key, value] of Object.entries(config)) {
        const before = merged[key];
        merged[key] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
      }
    }
    return merged;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
