import { status } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import * as runtime from "@pulumi/pulumi/runtime";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { errorText } from "../model/text";
import { Faults } from "./faults";
import { plainProps } from "./mock-values";
import { Platform } from "./platform";
import { isRecord, type Props } from "./props";
import type { RegisteredResource } from "./registered";
import { placeOf, World, type WorldState } from "./world";

/** How a program runs without an engine. */
export interface MockOptions {
  project: string;
  stack: string;
  /** Configuration by full key; structured values as JSON. @default none */
  config?: Record<string, string>;
  /** Keys of `config` that are secret. @default none */
  secretKeys?: string[];
  /** What the platforms hold before; a copy is used. */
  world: WorldState;
}

/**
 * Runs a program against the SDK's mock monitor with the behaviour of the simulated platforms: every
 * resource counts as new, in the order of its dependencies. Throws what the program or a platform
 * refuses. The SDK keeps one run per process, so runs must not overlap.
 */
export async function runWithMocks(
  program: () => Promise<Record<string, unknown> | undefined>,
  options: MockOptions,
): Promise<RegisteredResource[]> {
  const platform = new Platform(World.inMemory(options.world), new Faults());
  const recorder = new Recorder(platform, options.project, options.stack);
  await runtime.setMocks(
    {
      newResource: () => ({ id: undefined, state: {} }),
      call: ({ token, inputs, provider }) => recorder.invoke(token, inputs, provider),
    },
    options.project,
    options.stack,
  );
  // The mocks are not told of parents and dependencies, so the monitor itself is listened to.
  const monitor = runtime.getMonitor();
  if (monitor === undefined) throw new Error("the Pulumi SDK has no monitor after setMocks");
  Object.assign(monitor, {
    registerResource: (request: proto.RegisterResourceRequest, answer: Answer) =>
      void recorder.register(request, answer),
    registerResourceOutputs: (_: unknown, answer: (error: null, response: object) => void) =>
      answer(null, {}),
  });
  runtime.setAllConfig(options.config ?? {}, options.secretKeys);
  // The SDK leaves the rejection of a program unhandled, which would end the process.
  const guarded = () => program().catch((error: Error) => recorder.fail(error));
  await Promise.race([
    runtime.runInPulumiStack(async () => (await guarded()) ?? {}).then(() => runtime.disconnect()),
    recorder.failure,
  ]);
  return recorder.resources;
}

type Answer = (error: Error | null, response?: proto.RegisterResourceResponse) => void;

class Recorder {
  readonly resources: RegisteredResource[] = [];
  /** What each explicit provider meets, by its reference (URN and id). */
  private readonly providers = new Map<string, Platform>();
  /** Rejects when a platform refuses something; never resolves. */
  readonly failure: Promise<never>;
  /** Makes `failure` reject; only the first error counts. */
  fail: (error: Error) => void = () => {};

  constructor(
    private readonly platform: Platform,
    private readonly project: string,
    private readonly stack: string,
  ) {
    this.failure = new Promise((_, reject) => {
      this.fail = reject;
    });
    // A run that ends well never looks at it again.
    this.failure.catch(() => {});
  }

  async invoke(token: string, args: Props, provider = ""): Promise<Props> {
    try {
      return await this.platformOf(provider).invoke(token, plainProps(args));
    } catch (error) {
      throw this.refused(token, error);
    }
  }

  async register(request: proto.RegisterResourceRequest, answer: Answer): Promise<void> {
    const [type, name] = [request.getType(), request.getName()];
    try {
      const inputs = plainProps(request.getObject()?.toJavaScript());
      const urn = this.urnOf(request);
      const { id, outputs } = await this.create(request, inputs);
      this.resources.push({ ...describe(request), urn, inputs, outputs, ...(id ? { id } : {}) });
      answer(
        null,
        new proto.RegisterResourceResponse().setUrn(urn).setId(id).setObject(struct(outputs)),
      );
    } catch (error) {
      answer(this.refused(`${type} "${name}"`, error));
    }
  }

  private async create(request: proto.RegisterResourceRequest, news: Props) {
    const [type, name] = [request.getType(), request.getName()];
    if (!request.getCustom()) return { id: "", outputs: {} };
    if (type.startsWith("pulumi:providers:")) {
      const place = placeOf(type.slice("pulumi:providers:".length), news);
      this.providers.set(`${this.urnOf(request)}::${name}`, this.platform.seenFrom(place));
      return { id: name, outputs: news };
    }
    const platform = this.platformOf(request.getProvider());
    const { inputs, problems } = await platform.check(type, name, news);
    if (problems.length > 0) {
      throw new Error(problems.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
    }
    return platform.create(type, name, inputs);
  }

  /** What a provider meets, by its reference; the default ones meet the one cluster. */
  private platformOf(provider: string): Platform {
    return this.providers.get(provider) ?? this.platform;
  }

  /** As the engine writes it: the types of all parents, without the stack's own. */
  private urnOf(request: proto.RegisterResourceRequest): string {
    const parentTypes = request.getParent().split("::")[2] ?? "";
    const prefix = ["", "pulumi:pulumi:Stack"].includes(parentTypes) ? "" : `${parentTypes}$`;
    const place = `urn:pulumi:${this.stack}::${this.project}`;
    return `${place}::${prefix}${request.getType()}::${request.getName()}`;
  }

  /** The SDK keeps quiet about a cancelled call; any other error would end the process as an unhandled rejection. */
  private refused(what: string, error: unknown): Error {
    const message = errorText(error);
    const refusal = new Error(`${what}: ${message}`);
    this.fail(refusal);
    return Object.assign(new Error(refusal.message), { code: status.CANCELLED });
  }
}

function describe(request: proto.RegisterResourceRequest) {
  const dependencies: [string, string[]][] = [];
  request.getPropertydependenciesMap().forEach((value, key) => {
    dependencies.push([key, value.getUrnsList()]);
  });
  const parent = request.getParent();
  // A reference is the URN and the id.
  const provider = request.getProvider().split("::").slice(0, -1).join("::");
  const deletedWith = request.getDeletedwith();
  return {
    type: request.getType(),
    name: request.getName(),
    ...(parent === "" ? {} : { parentUrn: parent }),
    ...(provider === "" ? {} : { provider }),
    custom: request.getCustom(),
    dependsOn: request.getDependenciesList(),
    propertyDependencies: Object.fromEntries(dependencies),
    options: {
      protect: request.getProtect() === true,
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replaceOnChanges: request.getReplaceonchangesList(),
      aliases: request.getAliasurnsList(),
      ...(deletedWith === "" ? {} : { deletedWith }),
    },
  };
}

function struct(value: Props): Struct {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return Struct.fromJavaScript((isRecord(plain) ? plain : {}) as Record<string, JavaScriptValue>);
}
