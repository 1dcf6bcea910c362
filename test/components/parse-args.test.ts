import { RunError } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { z } from "zod";
import { parseArgs } from "../../components/shared/parse-args";

const schema = z.object({ port: z.number(), hosts: z.array(z.string()) });

test("rejects arguments with all their problems, as an error that the engine shows without a stack trace", () => {
  const parse = () => parseArgs(schema, { port: "80", hosts: "a" }, 'Thing "x"');
  expect(parse).toThrowErrorMatchingInlineSnapshot(`
    [ArgsError: Thing "x" has 2 problems:
      port: found "80", expected a number; write it without quotes: 80
      hosts: found "a", expected a list; write [a]]
  `);
  try {
    parse();
  } catch (error) {
    expect(RunError.isInstance(error)).toBe(true);
  }
});

test("what the schema does not name is left out", () => {
  const args = { port: 80, hosts: ["a"], privateKey: "secret" };
  expect(parseArgs(schema, args, "x")).toEqual({ port: 80, hosts: ["a"] });
});
