/** Names as somebody writes them who wants to do harm. */
export const HOSTILE = [
  `</title><script>document.title="taken"</script>`,
  `"><img src=x onerror="document.title='taken'">`,
  `'--></style><svg onload="document.title='taken'">`,
  '`]" end\n  click g0_0 call taken()',
  "javascript:alert(1)",
];

/** Fields whose texts are words of ours, one of a few. */
const WORDS = new Set([
  ...["action", "enforcement", "kind", "operation", "severity", "status", "variant", "verdict"],
]);

/** A value with every text in it replaced by a hostile one. */
export function poisoned<T>(value: T): T {
  let turn = 0;
  const next = () => HOSTILE[turn++ % HOSTILE.length] ?? "";
  const walk = (item: unknown): unknown => {
    if (typeof item === "string") return next();
    if (Array.isArray(item)) return item.map(walk);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([key, one]) => [key, WORDS.has(key) ? one : walk(one)]),
    );
  };
  return walk(value) as T;
}
