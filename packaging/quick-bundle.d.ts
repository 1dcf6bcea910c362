/** Bundles `cli/lib/self/quick.ts`: the JavaScript, and the files it was made of, from the root. */
export function quickBundle(root: string): Promise<{ text: string; inputs: string[] }>;
