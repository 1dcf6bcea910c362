import * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { errorText } from "../model/text";
import type { Difference, Platform } from "./platform";
import { isRecord, type Props } from "./props";
import { placeOf } from "./world";

// The SDK's own provider server cannot tell a preview from an update (its `create` is called in both
// as one), so the protocol is spoken here.

type Handler = (request: never) => unknown;

/** A provider plugin that is served. */
interface Plugin {
  /** Package of the provider, e.g. `proxmoxve`. */
  name: string;
  version: string;
}

/**
 * Serves one provider plugin on a loopback port that the system chooses. The engine attaches every
 * provider of the package to it, each over a connection of its own: that is what tells two apart which
 * are configured for two clusters.
 */
export async function serveProvider(
  platform: Platform,
  plugin: Plugin,
): Promise<{ port: number; stop(): void }> {
  const server = new grpc.Server();
  const configured = new Map<string, Record<string, Handler>>();
  const usual = lifeCycle(platform);
  const configure = (peer: string) => (request: proto.ConfigureRequest) => {
    const place = placeOf(plugin.name, props(request.getArgs()));
    configured.set(peer, lifeCycle(platform.seenFrom(place)));
    // Without `acceptSecrets` the engine unwraps secrets on the way in and marks outputs of the same name on the way back.
    return new proto.ConfigureResponse().setSupportspreview(true);
  };
  server.addService(ResourceProviderService, {
    ...refuseEverything(),
    ...answerAll(
      [...Object.keys(usual), ...Object.keys(housekeeping(plugin.version)), "configure"],
      (peer) => ({
        ...housekeeping(plugin.version),
        ...(configured.get(peer) ?? usual),
        configure: configure(peer),
      }),
    ),
  });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  // A call that hangs by a fault never ends, so a graceful shutdown would not either.
  return { port, stop: () => server.forceShutdown() };
}

function housekeeping(version: string): Record<string, Handler> {
  return {
    // The engine warns when the version is not the one the SDK asks for.
    getPluginInfo: () => new plugin.PluginInfo().setVersion(version),
    checkConfig: (request: proto.CheckRequest) =>
      new proto.CheckResponse().setInputs(request.getNews()),
    diffConfig: () => noChanges(),
    attach: () => new Empty(),
    cancel: () => new Empty(),
  };
}

function lifeCycle(platform: Platform): Record<string, Handler> {
  return {
    async check(request: proto.CheckRequest) {
      const { type, name } = resource(request);
      const { inputs, problems } = await platform.check(type, name, props(request.getNews()));
      const failures = problems.map(({ property, reason }) =>
        new proto.CheckFailure().setProperty(property).setReason(reason),
      );
      return new proto.CheckResponse().setInputs(struct(inputs)).setFailuresList(failures);
    },
    async diff(request: proto.DiffRequest) {
      const { type, name } = resource(request);
      const olds = props(request.getOlds());
      const oldInputs = props(request.getOldInputs());
      const news = props(request.getNews());
      return diffResponse(await platform.diff(type, name, olds, oldInputs, news));
    },
    async create(request: proto.CreateRequest) {
      const { type, name } = resource(request);
      const inputs = props(request.getProperties());
      const live = await platform.create(type, name, inputs, request.getPreview());
      return new proto.CreateResponse().setId(live.id).setProperties(struct(live.outputs));
    },
    async read(request: proto.ReadRequest) {
      const { type, name } = resource(request);
      const state = props(request.getProperties());
      const inputs = props(request.getInputs());
      const live = await platform.read(type, name, request.getId(), state, inputs);
      if (live === undefined) return new proto.ReadResponse();
      return new proto.ReadResponse()
        .setId(live.id)
        .setProperties(struct(live.outputs))
        .setInputs(struct(live.inputs));
    },
    async update(request: proto.UpdateRequest) {
      const { type, name } = resource(request);
      const [olds, news] = [props(request.getOlds()), props(request.getNews())];
      const live = { id: request.getId(), outputs: olds };
      const outputs = await platform.update(type, name, live, news, request.getPreview());
      return new proto.UpdateResponse().setProperties(struct(outputs));
    },
    async delete(request: proto.DeleteRequest) {
      const { type, name } = resource(request);
      await platform.delete(type, name, request.getId(), props(request.getProperties()));
      return new Empty();
    },
    async invoke(request: proto.InvokeRequest) {
      const answer = await platform.invoke(request.getTok(), props(request.getArgs()));
      return new proto.InvokeResponse().setReturn(struct(answer));
    },
  };
}

function diffResponse({ changed }: Difference): proto.DiffResponse {
  if (changed.length === 0) return noChanges();
  const response = new proto.DiffResponse()
    .setChanges(proto.DiffResponse.DiffChanges.DIFF_SOME)
    .setHasdetaileddiff(true);
  for (const { path, replace } of changed) {
    const { UPDATE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
    const kind = replace ? UPDATE_REPLACE : UPDATE;
    response
      .getDetaileddiffMap()
      .set(path, new proto.PropertyDiff().setKind(kind).setInputdiff(true));
    response.addDiffs(path);
    if (replace) response.addReplaces(path);
  }
  return response;
}

function noChanges(): proto.DiffResponse {
  return new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE);
}

/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
function resource(request: { getUrn(): string }): { type: string; name: string } {
  const [, , types = "", ...name] = request.getUrn().split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

function props(value: Struct | undefined): Props {
  const plain: unknown = value?.toJavaScript();
  return isRecord(plain) ? plain : {};
}

function struct(value: Props): Struct {
  // `undefined` has no place in a Struct; a round trip through JSON drops it.
  return Struct.fromJavaScript(
    JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>,
  );
}

/** @param handlersOf what answers a connection, by its other end */
function answerAll(
  methods: readonly string[],
  handlersOf: (peer: string) => Record<string, Handler>,
): grpc.UntypedServiceImplementation {
  const answers = methods.map((method) => {
    const answer: grpc.handleUnaryCall<unknown, unknown> = async (call, callback) => {
      try {
        const handle = handlersOf(call.getPeer())[method];
        // Which message a method gets is known to the service definition only.
        callback(null, await handle?.(call.request as never));
      } catch (error) {
        const details = errorText(error);
        callback({ code: grpc.status.UNKNOWN, details });
      }
    };
    return [method, answer] as const;
  });
  return Object.fromEntries(answers);
}

/** The engine learns what this server lacks from this status. */
function refuseEverything(): grpc.UntypedServiceImplementation {
  const refuse: grpc.handleUnaryCall<unknown, unknown> = (call, callback) =>
    callback({ code: grpc.status.UNIMPLEMENTED, details: `${call.getPath()} is not simulated` });
  return Object.fromEntries(Object.keys(ResourceProviderService).map((name) => [name, refuse]));
}
