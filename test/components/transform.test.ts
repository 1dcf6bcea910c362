import { expect, test } from "vitest";
import { transformed } from "../../components/shared/transform";

interface Args {
  port: number;
  host?: string;
}

test("no transform leaves the component's arguments alone", () => {
  const args: Args = { port: 1 };
  expect(transformed(undefined, args, {})).toBe(args);
});

test("properties replace the component's, the rest stays", () => {
  expect(transformed<Args>({ port: 2 }, { port: 1, host: "a" }, {})).toEqual({
    port: 2,
    host: "a",
  });
});

test("a function sees arguments and options and decides alone", () => {
  const result = transformed<Args>(
    (args, opts) => ({ port: args.port + 1, host: opts.protect ? "protected" : "free" }),
    { port: 1, host: "a" },
    { protect: true },
  );
  expect(result).toEqual({ port: 2, host: "protected" });
});
