import type { Faults } from "./faults";
import type { Context, Hosts, Live, Problem, ResourceModel } from "./model";
import { differences, type Props, pick, unknownValue } from "./props";
import { callFunction, modelOf } from "./registry";
import type { Place, World } from "./world";

/** What changed between two sets of inputs. */
export interface Difference {
  /** Changed paths, as the engine writes them. */
  changed: { path: string; replace: boolean }[];
}

/** The life cycle of every resource type, as the engine and the mock monitor call it. */
export class Platform {
  constructor(
    readonly world: World,
    readonly faults: Faults,
    /** Hosts on which commands really run. @default none: they are only noted */
    private readonly hosts?: Hosts,
  ) {}

  /**
   * The platform as one provider meets it.
   *
   * @param place cluster that the provider is configured for. @default the one cluster
   */
  seenFrom(place: Place | undefined): Platform {
    // The simulated clusters of one kind, seeded or not: an endpoint says nothing where there is one.
    const known =
      place?.kind === "proxmox" ? this.world.state.proxmoxAt : this.world.state.kubernetesAt;
    if (place === undefined || known === undefined) return this;
    return new Platform(this.world.seenFrom(place), this.faults, this.hosts);
  }

  /** Fills in the provider's defaults and says what it refuses. */
  check(type: string, name: string, news: Props): Promise<{ inputs: Props; problems: Problem[] }> {
    return this.call("check", type, name, (model) => {
      const inputs = model.defaults?.(news, name) ?? news;
      return { inputs, problems: model.problems?.(inputs) ?? [] };
    });
  }

  /** Compares new inputs with what there is. */
  diff(type: string, name: string, olds: Props, oldInputs: Props, news: Props) {
    return this.call("diff", type, name, (model) => difference(model, olds, oldInputs, news));
  }

  /** Creates a resource; a preview only says what would be known. */
  create(type: string, name: string, inputs: Props, preview = false): Promise<Live> {
    // Providers do not ask the platform while planning, so a preview refuses nothing.
    if (preview) return Promise.resolve({ id: "", outputs: inputs });
    return this.call("create", type, name, async (model, context) => {
      const live = await model.create(inputs, context);
      this.record("create", type, name, live.id);
      return live;
    });
  }

  /** Reads a resource; an import comes without state and without inputs. */
  read(type: string, name: string, id: string, state: Props, inputs: Props) {
    return this.call("read", type, name, (model, context) => {
      const live = model.read(id, state, context);
      // pulumi-terraform-bridge, pkg/pf/tfbridge/provider_read.go: no state means import.
      const imported = Object.keys(state).length === 0;
      if (live === undefined && imported && model.importError) throw new Error(model.importError);
      if (live === undefined) return undefined;
      const keys = Object.keys(inputs).length > 0 ? Object.keys(inputs) : model.inputs;
      return { ...live, inputs: pick(live.outputs, keys) };
    });
  }

  /** Updates a resource in place; a preview only says what would be known. */
  update(type: string, name: string, live: Live, news: Props, preview = false): Promise<Props> {
    const { id, outputs: olds } = live;
    if (preview) return Promise.resolve({ ...olds, ...news });
    return this.call("update", type, name, async (model, context) => {
      const outputs = await model.update(id, news, olds, context);
      this.record("update", type, name, id);
      return outputs;
    });
  }

  /** Deletes a resource. */
  delete(type: string, name: string, id: string, state: Props): Promise<void> {
    return this.call("delete", type, name, async (model, context) => {
      await model.delete(id, state, context);
      this.record("delete", type, name, id);
    });
  }

  /** Calls a provider function. */
  invoke(token: string, args: Props): Promise<Props> {
    return this.faults.around({ method: "invoke", type: token, name: "" }, () =>
      callFunction(token, args, this.world, this.faults),
    );
  }

  private call<T>(
    method: "check" | "diff" | "create" | "read" | "update" | "delete",
    type: string,
    name: string,
    run: (model: ResourceModel, context: Context) => T | Promise<T>,
  ): Promise<T> {
    const { world, faults, hosts } = this;
    const context = { world, faults, hosts, type, name };
    // A copy: what the caller keeps must not change when the world does.
    return this.faults.around({ method, type, name }, async () =>
      structuredClone(await run(modelOf(type), context)),
    );
  }

  private record(method: "create" | "update" | "delete", type: string, name: string, id: string) {
    this.world.change((state) => state.changes.push({ method, type, name, id }));
  }
}

function difference(model: ResourceModel, olds: Props, oldInputs: Props, news: Props): Difference {
  // A value that the provider computes and the program never named is no difference.
  const keys = new Set([...Object.keys(oldInputs), ...Object.keys(news)]);
  const before = model.compareWith === "state" ? pick({ ...oldInputs, ...olds }, keys) : oldInputs;
  const paths = [...keys]
    .filter((key) => !key.startsWith("__"))
    .flatMap((key) =>
      news[key] === unknownValue ? [key] : differences(before[key], news[key], key),
    );
  const replaceOn = typeof model.replaceOn === "function" ? model.replaceOn(news) : model.replaceOn;
  const replace = (path: string) => replaceOn.some((prefix) => within(path, prefix));
  return { changed: paths.map((path) => ({ path, replace: replace(path) })) };
}

function within(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);
}
