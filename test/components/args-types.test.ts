import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { argsFiles } from "../../components/generated/files";
import type { HaGroupArgs } from "../../components/ha-group/args";
import type { haGroupArgsSchema } from "../../components/ha-group/facts";
import type { KeepalivedLbArgs } from "../../components/keepalived-lb/args";
import type { lbArgsSchema } from "../../components/keepalived-lb/facts";
import type { MetalLbServiceArgs } from "../../components/metallb-service/args";
import type { metalLbArgsSchema } from "../../components/metallb-service/facts";
import type { TraefikHaPairArgs } from "../../components/traefik-ha-pair/args";
import type { traefikArgsSchema } from "../../components/traefik-ha-pair/facts";
import type { TunnelIngressArgs } from "../../components/tunnel-ingress/args";
import type { tunnelArgsSchema } from "../../components/tunnel-ingress/rules";

// Held by the compiler: these lines say nothing at run time.
expectTypeOf<TraefikHaPairArgs>().toEqualTypeOf<z.input<typeof traefikArgsSchema>>();
expectTypeOf<KeepalivedLbArgs>().toEqualTypeOf<z.input<typeof lbArgsSchema>>();
expectTypeOf<HaGroupArgs>().toEqualTypeOf<z.input<typeof haGroupArgsSchema>>();
expectTypeOf<MetalLbServiceArgs>().toEqualTypeOf<z.input<typeof metalLbArgsSchema>>();
expectTypeOf<TunnelIngressArgs>().toEqualTypeOf<z.input<typeof tunnelArgsSchema>>();

/** As a generator would write it that lost a field deep inside. */
type WithoutRange = Omit<MetalLbServiceArgs, "pool"> & { pool: { name: string } };
// @ts-expect-error the comparison sees nested fields
expectTypeOf<WithoutRange>().toEqualTypeOf<z.input<typeof metalLbArgsSchema>>();

test("the interfaces on disk are those of the schemas", () => {
  for (const [file, text] of Object.entries(argsFiles())) {
    expect(readFileSync(join(__dirname, "../../components", file), "utf8"), file).toBe(text);
  }
});
