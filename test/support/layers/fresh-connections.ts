import { createRequire } from "node:module";
import { afterAll } from "vitest";

// Files of a worker share the SDK, and with it the connections that gRPC keeps by address: one of an
// engine that is gone is given to the next engine that listens on the same port, and refuses at once
// ("UNAVAILABLE: No connection established").

interface Pools {
  getSubchannelPool(shared: true): { pool: object };
}

const ofSdk = createRequire(require.resolve("@pulumi/pulumi"));
const { getSubchannelPool } = ofSdk("@grpc/grpc-js/build/src/subchannel-pool") as Pools;

afterAll(() => {
  getSubchannelPool(true).pool = Object.create(null) as object;
});
