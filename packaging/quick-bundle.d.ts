/** Bundles the commands that need the model alone: the JavaScript, and the files it was made of, from the root. */
export function quickBundle(root: string): Promise<{ text: string; inputs: string[] }>;

/** Bundles the whole command line in the same way, without the SDKs. */
export function wholeBundle(root: string): Promise<{ text: string; inputs: string[] }>;

/** Bundles the policy pack in the same way, without the SDKs. */
export function packBundle(root: string): Promise<{ text: string; inputs: string[] }>;
