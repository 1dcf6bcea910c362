/** A Traefik pair of containers that the cluster has. */
export interface AdoptedPair {
  /** Address that they share, with its prefix length. */
  vip: string;
  /** Names of the containers, the one first that is to have the address. */
  members: string[];
}

/** What a person asked for. */
export interface AdoptOptions {
  stack: string;
  /** Which of the sites of the stack file, which is there already. @default the stack has one cluster, and is new */
  site?: string;
  /** Folder for both files. @default the project */
  dir?: string;
  /** Whether files that are there are replaced. */
  force?: boolean;
  /** Containers of the cluster that become a Traefik pair. @default none */
  pair?: AdoptedPair;
  env: Readonly<Record<string, string | undefined>>;
  /** Takes a line about what goes on. */
  progress: (line: string) => void;
}
