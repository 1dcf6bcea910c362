import { ensureControlPlane } from "../../../lab/kube/binaries";

// Builds kube-apiserver and etcd where they are not there yet; the test run starts this beside the
// first layers, because the first time it takes some minutes.

ensureControlPlane((line) => console.log(line)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
