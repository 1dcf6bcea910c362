import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { compare, type Ratio } from "./measure";

/** Processor time of a fresh process that loads one module, through the loader that both use. */
function importMs(module: string): number {
  const script = `require(${JSON.stringify(module)}); const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000)); process.exit(0);`;
  const out = execFileSync(process.execPath, ["--require", "tsx/cjs", "--eval", script], {
    cwd: join(__dirname, ".."),
    encoding: "utf8",
  });
  return Number(out);
}

/** What our program adds to the start of any Pulumi program. */
export function imports(rounds: number): Promise<Ratio> {
  return compare(
    "import the program ÷ import @pulumi/pulumi",
    {
      measured: () => importMs(join(__dirname, "..", "program.ts")),
      baseline: () => importMs("@pulumi/pulumi"),
    },
    { rounds, limit: 2 },
  );
}
