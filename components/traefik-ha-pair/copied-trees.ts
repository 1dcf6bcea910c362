import type { CopiedTree } from "../../templates/replication/lsyncd";
import { OWN_FILES, type TraefikFacts } from "./facts";

/** What of a pair says which directories are copied. */
export type CopiedFacts = Pick<TraefikFacts, "certificates" | "replication" | "traefik"> & {
  members: readonly { name: string }[];
};

/** Directory of the certificates that the first member owns; none while something else does. */
export function ownedCertificates({ certificates, members }: CopiedFacts): string | undefined {
  return certificates?.owner === members[0]?.name ? certificates?.directory : undefined;
}

/** The directories that the first member copies to the others. */
export function copiedTrees(facts: CopiedFacts): CopiedTree[] {
  const certificates = ownedCertificates(facts);
  const never = ["acme.json", ".*"];
  return [
    ...(facts.replication
      ? [
          {
            module: "dynamic",
            directory: facts.traefik.dynamicDirectory,
            exclude: [...OWN_FILES.map((file) => `/${file}`), ...never],
            // As at the source, but nothing that others may change or anybody may run.
            chmod: "ug-s,go-w,F-x",
          },
        ]
      : []),
    ...(certificates === undefined
      ? []
      : [
          {
            module: "certificates",
            directory: certificates,
            exclude: never,
            chmod: "D700,F600",
          },
        ]),
  ];
}
