import { ensureControlPlane } from "../../../lab/kube/binaries";
import { errorText } from "../../../model/text";

// Builds kube-apiserver and etcd where they are not there yet; the test run starts this beside the
// first layers, because the first time it takes some minutes.

ensureControlPlane((line) => console.log(line)).catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
