import { isRecord, type Props } from "./props";

// Signatures of the wire format: @pulumi/pulumi, runtime/rpc.ts.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Plain data of what the SDK sends: secrets unwrapped, assets marked, references as their id. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isRecord(value)) return value;
  switch (value[signatureKey]) {
    case secretSignature:
      return plainValue(value.value);
    case resourceSignature:
      return value.id ?? value.urn;
    case assetSignature:
      return { __pulumiAsset: true, ...without(value) };
    case archiveSignature:
      return { __pulumiArchive: true, ...without(value) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
}

/** `plainValue` for the properties of a resource; `null` members vanish, as an absent input does. */
export function plainProps(value: unknown): Props {
  const plain = plainValue(value);
  if (!isRecord(plain)) return {};
  return Object.fromEntries(Object.entries(plain).filter(([, item]) => item !== null));
}

function without(value: Props): Props {
  const { [signatureKey]: _, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, plainValue(item)]));
}
