import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import LongestFirst from "./test/support/layers/longest-first.mts";

// The SDK costs a third of itself in each worker: nothing here uses the parts that are left out.
const setupFiles = ["start/light-sdk.ts", "test/support/no-console.ts"];

/** Many of these tests wait for a daemon, an engine or another process; vitest's own choice leaves a processor idle. */
const maxWorkers = availableParallelism() + 1;

// Programs in Go (Pulumi's CLI, API servers, Prometheus' tools) spend a quarter of a short run on
// collecting garbage of which there is little.
process.env.GOGC ??= "400";

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // Arithmetic, judgement, texts: no Pulumi SDK is loaded.
        test: {
          name: "pure",
          include: [
            "test/{model,config,templates,policy,lab,clients,start,structure}/**/*.test.ts",
          ],
          setupFiles,
          // Nothing replaces a module here: files may share those that they import.
          isolate: false,
          // Real daemons run here too, and a machine may be busy.
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        // Components and the whole program against the SDK's mock monitor.
        test: {
          name: "mock",
          include: ["test/{components,program,sim,cli}/**/*.test.ts"],
          setupFiles,
          isolate: false,
          testTimeout: 120_000,
          // Many remove folders and end servers, and a machine may be busy.
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        // A real kube-apiserver with etcd on loopback.
        test: {
          name: "kube",
          include: ["test/kubernetes/**/*.test.ts"],
          setupFiles,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // The real keepalived in network namespaces: as root, on Linux.
        test: {
          name: "daemon",
          include: ["test/keepalived/**/*.test.ts"],
          setupFiles,
          testTimeout: 900_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // By hand: wants the lab's Traefik and a curl with HTTP/3, which Debian 12 has not.
        test: { name: "http3", include: ["test/http3/**/*.test.ts"], setupFiles },
      },
      {
        // The real Pulumi CLI with the policy pack, against the simulated providers.
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          setupFiles: [...setupFiles, "test/support/layers/fresh-connections.ts"],
          isolate: false,
          testTimeout: 900_000,
          hookTimeout: 300_000,
          maxWorkers,
        },
      },
    ],
  },
});
