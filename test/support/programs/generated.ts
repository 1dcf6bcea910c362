import * as pulumi from "@pulumi/pulumi";
import { type Inside, plainRequest, type Registered, random } from "./requests";

// Small programs out of a seed: what each registers, sees and says. Run with the SDK as it is and with a
// changed one, they have to say the same.

type Any = pulumi.Input<unknown>;

class Made extends pulumi.CustomResource {
  declare readonly given: pulumi.Output<unknown>;
  declare readonly worked: pulumi.Output<string>;
  declare readonly list: pulumi.Output<string[]>;
  declare readonly map: pulumi.Output<{ key: string }>;
  declare readonly hidden: pulumi.Output<unknown>;
  constructor(name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    const types = { given: undefined, hidden: undefined, worked: undefined };
    super("test:index:Made", name, { ...types, list: undefined, map: undefined, ...args }, opts);
  }
  get both(): pulumi.Output<string> {
    return pulumi.interpolate`${this.worked}+${this.given}`;
  }
}

class Group extends pulumi.ComponentResource {
  readonly child: Made;
  readonly shown: pulumi.Output<string>;
  constructor(name: string, args: { given: Any }, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, args, opts);
    this.child = new Made(`${name}-child`, { given: args.given }, { parent: this });
    this.shown = this.child.both;
    this.registerOutputs({ shown: this.shown, child: this.child });
  }
}

/** An Output of anything, as the SDK's types can say it. */
const out = (value: Any) => pulumi.output(value) as pulumi.Output<unknown>;

/** What one program registered, saw and said. */
async function programOf(seed: number): Promise<object> {
  const next = random(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const preview = next() < 0.4;
  const fails = next() < 0.12 ? Math.floor(next() * 6) : -1;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs, type, custom }) => {
        if (fails >= 0 && name.endsWith(`${fails}`)) throw new Error(`${name} is refused`);
        const computed = preview
          ? {}
          : { worked: `${name}!`, list: [name, "b"], map: { key: name } };
        const state =
          type === "pulumi:pulumi:StackReference"
            ? { ...inputs, outputs: { there: "yes" }, secretOutputNames: [] }
            : { ...inputs, ...computed };
        return { id: preview && custom !== false ? undefined : `${name}-id`, state };
      },
      call: () => ({}),
    },
    "project",
    `stack-${seed}`,
    preview,
  );
  const registered: Registered[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as Record<
    string,
    (...args: never[]) => unknown
  >;
  for (const name of ["registerResource", "readResource", "registerResourceOutputs"]) {
    const real = monitor[name]?.bind(monitor);
    monitor[name] = (request: never, ...rest: never[]) => {
      registered.push(
        name === "registerResourceOutputs"
          ? {
              outputs: (request as { getOutputs(): { toJavaScript(): unknown } })
                .getOutputs()
                .toJavaScript(),
            }
          : plainRequest(request),
      );
      return real?.(request, ...rest);
    };
  }
  const errors: string[] = [];
  const note = (error: unknown) =>
    errors.push(error instanceof Error ? error.message : String(error));
  process.on("unhandledRejection", note);

  const made: Made[] = [];
  const seen: [string, pulumi.Output<unknown>][] = [];
  const property = (): Any => {
    const one = made.length > 0 ? pick(made) : undefined;
    if (!one) return "first";
    return pick<() => Any>([
      () => one.given,
      () => one.worked,
      () => one.list,
      () => one.list[0],
      () => one.map.key,
      () => one.hidden,
      () => one.both,
      () => one.id,
      () => one.urn,
    ])();
  };
  const value = (depth = 0): Any => {
    if (depth > 2) return pick<() => Any>([() => 7, () => "text", property])();
    const more = () => value(depth + 1);
    return pick<() => Any>([
      () => undefined,
      () => [1, "two", null],
      property,
      property,
      () => pulumi.secret(more()),
      () => pulumi.unsecret(pulumi.output(more())),
      () => pulumi.all([more(), more()]),
      () => pulumi.all({ a: more(), b: property() }),
      () => pulumi.interpolate`<${more() as pulumi.Input<string>}>`,
      () => pulumi.concat("x", more() as pulumi.Input<string>),
      () => pulumi.jsonStringify(more()),
      () => out(more()).apply((inner) => ({ inner })),
      () => out(more()).apply(() => out(property())),
      () => Promise.resolve(more()),
      () => [more(), { deep: more() }],
      () => new pulumi.asset.StringAsset("text"),
      () => (made.length > 0 ? pick(made) : 1),
      () =>
        out(property()).apply((inner) => {
          if (seed % 17 === 0) throw new Error(`apply of ${seed} threw`);
          return inner;
        }),
      () => (seed % 19 === 0 ? Promise.reject(new Error(`promise of ${seed} rejected`)) : more()),
    ])();
  };
  const options = (): pulumi.CustomResourceOptions => ({
    ...(next() < 0.3 && made.length > 0
      ? { dependsOn: next() < 0.5 ? pick(made) : [pick(made)] }
      : {}),
    ...(next() < 0.2 ? { additionalSecretOutputs: ["worked"] } : {}),
    ...(next() < 0.2
      ? {
          transformations: [
            ({ props, opts }) => ({ props: { ...props, turned: property() }, opts }),
          ],
        }
      : {}),
    ...(next() < 0.1 ? { ignoreChanges: ["given"], deleteBeforeReplace: true } : {}),
  });
  try {
    for (let index = 0; index < 6; index += 1) {
      const name = `${pick(["a", "b", "c"])}-${index}`;
      const given = value();
      pick<() => void>([
        () => void made.push(new Made(name, { given, hidden: pulumi.secret(value()) }, options())),
        () => void made.push(new Made(name, { given, extra: value() }, options())),
        () => {
          const group = new Group(name, { given });
          made.push(group.child);
          seen.push([`${name}.shown`, group.shown]);
        },
        () => void made.push(new Made(name, {}, { id: `${name}-id`, ...options() })),
        () => {
          const reference = new pulumi.StackReference(name, { name: `o/p/${name}` });
          seen.push([`${name}.there`, reference.getOutput("there")]);
        },
      ])();
      if (next() < 0.3) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } catch (error) {
    note(error);
  }
  // What waits for something that failed stays without an answer.
  const ends = pulumi.runtime.disconnect().catch(() => undefined);
  await Promise.race([ends, new Promise((resolve) => setTimeout(resolve, 300))]);
  // Those that nobody has read so far are read after the engine's answer.
  for (const one of made.filter(() => next() < 0.7)) {
    for (const key of ["hidden", "given", "worked", "map"] as const) seen.push([key, one[key]]);
  }
  const saw = await Promise.all(
    seen.map(async ([name, output]) => {
      const inside = output as unknown as Inside;
      const settled = await Promise.race([
        Promise.all([
          inside.promise(),
          inside.isKnown,
          inside.isSecret,
          inside.allResources(),
        ]).then(
          ([inner, known, secret, from]) => ({
            inner: inner instanceof pulumi.Resource ? "a resource" : shown(inner),
            known,
            secret,
            from: [...from].map(({ __name }) => __name).sort(),
          }),
          (error: Error) => ({ error: error.message }),
        ),
        new Promise((resolve) => setTimeout(resolve, 50, "pending")),
      ]);
      return [name, settled];
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.removeListener("unhandledRejection", note);
  return {
    registered: registered.map((one) => shown(one)),
    saw,
    errors: [...new Set(errors)].sort(),
    names: made.map((one) => Object.keys(one).filter((key) => !key.startsWith("__"))),
  };
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof pulumi.Resource ? "a resource" : inner,
  ) ?? "nothing";

/** What the programs of the first seeds say. */
export async function generated(count: number): Promise<Record<string, object>> {
  const said: Record<string, object> = {};
  for (let seed = 1; seed <= count; seed += 1) said[`seed ${seed}`] = await programOf(seed);
  return said;
}
