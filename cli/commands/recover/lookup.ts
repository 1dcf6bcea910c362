import type { Stack } from "@pulumi/pulumi/automation";
import type { PendingResource } from "./ids";

/**
 * Asks Cloudflare for the ids of tunnels and DNS records, by name, through the engine and with the
 * stack's own credentials. Answers by URN; without an entry where Cloudflare has no such thing.
 */
export async function lookUpIds(
  stack: Stack,
  pending: readonly PendingResource[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (pending.length === 0) return found;
  let answered = false;
  const program = async () => {
    for (const resource of pending) {
      const id = await ask(resource);
      if (id !== undefined) found.set(resource.urn, id);
    }
    answered = true;
    // A program that ends well without registering anything would make a plan to delete
    // everything, and fail at the first protected resource.
    throw new Error("every question was answered; nothing is planned");
  };
  try {
    await stack.preview({ program });
  } catch (error) {
    if (!answered) throw error;
  }
  return found;
}

async function ask({ type, inputs = {} }: PendingResource): Promise<string | undefined> {
  const [name, accountId, zoneId] = [inputs.name, inputs.accountId, inputs.zoneId].map(String);
  if (type.endsWith(":DnsRecord")) {
    const { getDnsRecords } = await import("@pulumi/cloudflare/getDnsRecords.js");
    const { results } = await getDnsRecords({
      zoneId,
      name: { exact: name },
      type: String(inputs.type),
    });
    const same = results.find((result) => result.content === inputs.content) ?? results[0];
    return same?.id;
  }
  const { getZeroTrustTunnelCloudflareds } = await import(
    "@pulumi/cloudflare/getZeroTrustTunnelCloudflareds.js"
  );
  const { results } = await getZeroTrustTunnelCloudflareds({ accountId, name, isDeleted: false });
  // The filter is the API's own; a name that merely begins alike must not be taken.
  const same = results.find((result) => result.name === name);
  return same?.id;
}
