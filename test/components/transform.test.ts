import type { CustomResourceOptions } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { type Child, type Transform, transformed } from "../../components/shared/transform";

interface Args {
  port: number;
  host?: string;
  comment?: string;
  tags?: { name: string }[];
}

const child = (args: Args, opts: CustomResourceOptions = {}): Child<Args> => ({
  name: "web",
  args,
  opts,
});

const registered = (transform: Transform<Args> | undefined, given: Child<Args>) => {
  const { args, opts } = transformed(transform, given);
  return { args, opts };
};

test("no transform leaves the component's arguments and options as they are", () => {
  expect(registered(undefined, child({ port: 1 }, { protect: true }))).toEqual({
    args: { port: 1 },
    opts: { protect: true },
  });
});

test("properties replace the component's, the rest stays", () => {
  expect(registered({ port: 2 }, child({ port: 1, host: "a" })).args).toEqual({
    port: 2,
    host: "a",
  });
});

test("a function sees arguments, options and the name, and what it returns is registered", () => {
  const change: Transform<Args> = (args, opts, name) => ({
    port: args.port + 1,
    host: `${name} ${opts.protect ? "protected" : "free"}`,
  });
  expect(registered(change, child({ port: 1, host: "a" }, { protect: true })).args).toEqual({
    port: 2,
    host: "web protected",
  });
});

test("what a function changes in place is registered, in arguments and in options", () => {
  const change: Transform<Args> = (args, opts) => {
    args.tags?.push({ name: "two" });
    opts.protect = true;
    opts.ignoreChanges = [...(opts.ignoreChanges ?? []), "host"];
    return undefined;
  };
  expect(
    registered(change, child({ port: 1, tags: [{ name: "one" }] }, { ignoreChanges: ["port"] })),
  ).toEqual({
    args: { port: 1, tags: [{ name: "one" }, { name: "two" }] },
    opts: { protect: true, ignoreChanges: ["port", "host"] },
  });
});

test("what the component goes on using is never changed", () => {
  const tag = { name: "one" };
  const resource = pulumi.output("a resource");
  const given = child({ port: 1, tags: [tag] }, { dependsOn: [] });
  const change: Transform<Args> = (args, opts) => {
    for (const each of args.tags ?? []) each.name = "changed";
    (opts.dependsOn as unknown[]).push(resource);
    return args;
  };
  const { opts } = registered(change, given);
  expect(given).toEqual({ name: "web", args: { port: 1, tags: [tag] }, opts: { dependsOn: [] } });
  expect(tag).toEqual({ name: "one" });
  expect((opts.dependsOn as unknown[])[0]).toBe(resource);
});

test("an input that is left alone is followed once a transform sets it", () => {
  const given: Child<Args> = {
    ...child({ port: 1 }, { ignoreChanges: ["host", "comment"] }),
    leftAlone: ["comment"],
  };
  const ignored = (change: Transform<Args> | undefined) =>
    registered(change, given).opts.ignoreChanges;
  expect(ignored(undefined)).toEqual(["host", "comment"]);
  expect(ignored({ port: 2 })).toEqual(["host", "comment"]);
  expect(ignored({ comment: "mine" })).toEqual(["host"]);
  expect(
    ignored((args, opts) => {
      opts.ignoreChanges = ["comment"];
      return { ...args, comment: "only at the start" };
    }),
  ).toEqual(["comment"]);
});
