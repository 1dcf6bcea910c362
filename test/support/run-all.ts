import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { findEngine } from "../../clients/pulumi/engine";
import { errorText } from "../../model/text";
import { whyNoOracle } from "../keepalived/oracle";
import { type LayerRun, processorSeconds, runTests, runTool, yielding } from "./layers/run";
import { layers as known, type Layer, type Wanted, wantedLayers } from "./layers/wanted";
import type { Result } from "./summary-reporter";
import { afterSecondRun, failureLines, filesToRepeat, timeLines } from "./test-summary";
import { asRoot, noRoot } from "./tools";

// The whole test run behind `make test`: format, lint, types and the layers of tests. Each check
// counts as one test, so that the last line alone says whether all is well.

const repository = join(__dirname, "..", "..");
/** CI fails for a layer that cannot run; elsewhere the others are worth running alone. */
const everythingRequired = process.env.HOMELAB_REQUIRE_ALL === "1";

/** Runs what failed once more, alone: says what failed for good and what is unsteady. */
async function judgeFailures(results: readonly Result[]) {
  const failures = results.flatMap((result) => result.failures);
  const judged = { failed: failures.slice(0, 0), unsteady: failures.slice(0, 0) };
  const repeated = filesToRepeat(failures);
  if (repeated.size === 0) return { ...judged, failed: failures };
  for (const [project, files] of repeated) {
    console.log(`running once more, alone: ${files.join(" ")}`);
    const { result: second } = await runTests([project], files);
    const part = afterSecondRun(
      failures.filter((failure) => failure.project === project),
      second,
    );
    judged.failed.push(...part.failed);
    judged.unsteady.push(...part.unsteady);
  }
  return judged;
}

/** Says in capitals what was not tested: nobody reads a test that is not there. */
function notTested(
  layer: string,
  unproven: string,
  remedy: string,
  isRequired = everythingRequired,
): void {
  const rule = "!".repeat(88);
  const required = isRequired ? "\nEverything is required here, so this is a failure." : "";
  console.log(
    `${rule}\nTHE ${layer} LAYER WAS NOT TESTED. Unproven here: ${unproven}.\n${remedy}${required}\n${rule}`,
  );
}

/** Builds what a layer needs while others run; the code it ends with. */
async function controlPlane(): Promise<number | null> {
  const builder = join(__dirname, "kubeadm/control-plane.ts");
  const command = yielding([process.execPath, "--import", "tsx", builder]);
  const building = spawn(command[0], command.slice(1), {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(building, "close")) as [number | null];
  return code;
}

/** What LAYERS asks for; ends the process for a name that is none. */
function asked(): Wanted {
  try {
    return wantedLayers(process.env.LAYERS ?? "quick");
  } catch (error) {
    console.error(errorText(error));
    process.exit(2);
  }
}

async function main(): Promise<void> {
  const { layers: wanted, nightly } = asked();
  const wants = (layer: Layer) => wanted.includes(layer);
  if (nightly) process.env.HOMELAB_NIGHTLY = "1";
  const engine = findEngine() !== undefined;
  const together = (["pure", "mock", "engine"] as const).filter(
    (layer) => wants(layer) && (layer !== "engine" || engine),
  );
  const noDaemons = wants("daemon") ? whyNoOracle() : undefined;
  // Real daemons with real clocks wait most of the time: they run beside what computes, which leaves
  // the processors to them.
  const daemons = wants("daemon") && noDaemons === undefined;
  const built = wants("kube") ? controlPlane() : Promise.resolve(0);
  const kube = built.then((code) => wants("kube") && code === 0);
  const beside = { shown: together.length === 0 };
  const yields = daemons || wants("kube");
  const running = [
    together.length > 0 ? runTests(together, [], { shown: true, yields }) : undefined,
    kube.then((can) => (can ? runTests(["kube"], [], beside) : undefined)),
    daemons ? runTests(["daemon"], [], beside) : undefined,
  ];
  const checking = [
    runTool("biome", ["ci", "."], { yields }),
    runTool("tsc", ["-p", "tsconfig.check.json"], { yields }),
  ];
  const ran = (await Promise.all(running)).filter((run): run is LayerRun => run !== undefined);
  const checked = await Promise.all(checking);
  for (const { output } of [...checked, ...ran]) process.stdout.write(output);
  const checks = checked.map(({ ok }) => ok);
  const layers = ran.map(({ result }) => result);
  const code = await built;
  if (noDaemons !== undefined) {
    notTested(
      "KEEPALIVED",
      `that its files are read as the daemon reads them, and that a pair does what the pack says (${noDaemons})`,
      "Run `sudo make test` on Linux with keepalived installed.",
    );
  }
  const root = asRoot() !== undefined;
  if (!root) {
    notTested(
      "REPLICATION",
      "that lsyncd copies, and that a leaked key reaches nothing else",
      noRoot,
    );
  }
  if (wants("engine") && !engine) {
    notTested(
      "ENGINE",
      "replace order, crash and convergence, policies in a real preview",
      "Install a Pulumi CLI from https://www.pulumi.com/docs/install/ and run `make test` again.",
    );
  }
  if (code !== 0) {
    notTested(
      "KUBERNETES",
      "what a real API server says to the objects",
      "Install Go 1.24 or newer, with which kube-apiserver and etcd are built, and run `make test` again.",
    );
  }
  const left = known.filter((layer) => !wants(layer));
  // Wants a curl that Debian 12 does not have, so no run requires it.
  if (left.length === 0)
    notTested(
      "HTTP/3",
      "a real HTTP/3 client against a real Traefik",
      "Run `make lab` once for its Traefik, then `npx vitest run --project http3` with a curl that has HTTP/3.",
      false,
    );
  if (everythingRequired) {
    checks.push(left.length === 0, engine, code === 0, noDaemons === undefined, root);
  }
  for (const line of timeLines(layers, processorSeconds())) console.log(line);
  const { failed: failedTests, unsteady } = await judgeFailures(layers);
  const sum = (of: (result: Result) => number) =>
    layers.reduce((total, result) => total + of(result), 0);
  const skipped = sum((result) => result.skipped);
  if (skipped > 0) console.log(`${skipped} tests were skipped`);
  const passed =
    sum((result) => result.passed) + unsteady.length + checks.filter((ok) => ok).length;
  const failed = failedTests.length + checks.filter((ok) => !ok).length;
  for (const line of failureLines("passed only the second time", unsteady)) console.log(line);
  for (const line of failureLines("failed", failedTests)) console.log(line);
  if (left.length > 0) {
    console.log(`not asked for: ${left.join(", ")}; LAYERS=all runs every layer`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || layers.some((result) => result.passed === 0) ? 1 : 0;
}

void main();
