import { type ExportedState, type StateResource, withResources } from "../recover/state";

/** Ids of the jobs that the cluster has, as its lists give them. */
interface Jobs {
  replication: readonly string[];
  backup: readonly string[];
}

const kinds = {
  "proxmoxve:index/replication:Replication": { word: "replication job", list: "replication" },
  "proxmoxve:backup/job:Job": { word: "backup job", list: "backup" },
} as const;

/** The kind of job that a resource is; undefined for any other resource. */
export function jobKind(type: string): { word: string; list: keyof Jobs } | undefined {
  return Object.entries(kinds).find(([token]) => token === type)?.[1];
}

/**
 * The state without the jobs that the cluster does not have, so that the next update makes them anew,
 * and a sentence for each.
 *
 * @param isOf what is of that cluster. @default everything
 */
export function withoutGoneJobs(
  state: ExportedState,
  jobs: Jobs,
  isOf: (resource: StateResource) => boolean = () => true,
): { state: ExportedState; gone: string[] } {
  const resources = state.deployment.resources ?? [];
  const lost = resources.filter((resource) => isOf(resource) && isGone(resource, jobs));
  if (lost.length === 0) return { state, gone: [] };
  return {
    state: withoutResources(state, lost),
    gone: lost.map(
      ({ id, type }) =>
        `${jobKind(type)?.word} ${id} is gone from the cluster, and from the state now; the next up makes it anew`,
    ),
  };
}

/** The state without some of its resources, and without the links to them. */
export function withoutResources(
  state: ExportedState,
  lost: readonly StateResource[],
): ExportedState {
  const kept = (state.deployment.resources ?? []).filter((resource) => !lost.includes(resource));
  const urns = new Set(lost.map(({ urn }) => urn));
  // One that waits for its deletion may share its URN with another that stays.
  for (const { urn } of kept) urns.delete(urn);
  return withResources(
    state,
    kept.map((resource) => withoutLinks(resource, urns)),
  );
}

function isGone({ type, id }: StateResource, jobs: Jobs): boolean {
  const kind = jobKind(type);
  return kind !== undefined && id !== undefined && !jobs[kind.list].includes(id);
}

/** The engine refuses a state in which a resource depends on one that is not there. */
function withoutLinks(resource: StateResource, gone: ReadonlySet<string>): StateResource {
  const { dependencies, propertyDependencies, replaceWith } = resource;
  const there = (urns: readonly string[]) => urns.filter((urn) => !gone.has(urn));
  return {
    ...resource,
    ...(dependencies && { dependencies: there(dependencies) }),
    ...(replaceWith && { replaceWith: there(replaceWith) }),
    ...(propertyDependencies && {
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([key, urns]) => [key, there(urns ?? [])]),
      ),
    }),
  };
}
