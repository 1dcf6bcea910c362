import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  jsonSchemaTexts,
  sectionsJsonSchema,
  stackJsonSchema,
} from "../../config/generated/json-schema";
import { fieldSchemas, referenceText, rows } from "../../config/generated/reference";
import { stackText } from "../support/clusters/stacks";

const validate = new Ajv2020({ strict: false }).compile(stackJsonSchema());
const validateSections = new Ajv2020({ strict: false }).compile(sectionsJsonSchema());

test("the committed schemas are the ones that zod makes; `make schema` writes them", () => {
  const texts = jsonSchemaTexts();
  const committed = Object.keys(texts).map((file) => [
    file,
    readFileSync(join(__dirname, "../../config/generated", file), "utf8"),
  ]);
  expect(Object.fromEntries(committed)).toEqual(texts);
  expect(Object.keys(texts)).toHaveLength(2);
});

test("an editor accepts a stack file whose guests stand in a file of sections, and that file", () => {
  const { config } = parse(stackText("homelab"));
  const { "homelab:guests": guests, ...rest } = config;
  const named = { config: { ...rest, "homelab:files": ["guests.homelab.yaml"] } };
  expect(validate(named)).toBe(true);
  expect(validateSections({ guests })).toBe(true);
  const refused = [{}, { guest: guests }, { secrets: {} }, { files: [] }, { cutovers: {} }];
  expect(refused.filter((data) => validateSections(data))).toEqual([]);
});

test("rejects a stack file without guests that names no other file", () => {
  const { config } = parse(stackText("homelab"));
  const { "homelab:guests": _, ...rest } = config;
  expect(validate({ config: rest })).toBe(false);
});

const samples = ["homelab", "matrix", "two-nodes", "five-nodes"];

test.each(samples)("an editor accepts the %s stack", (stack) => {
  const accepted = validate(parse(stackText(stack)));
  expect(validate.errors ?? []).toEqual([]);
  expect(accepted).toBe(true);
});

test.each(samples)("the %s stack names the schema for editors", (stack) => {
  expect(stackText(stack).split("\n")[0]).toBe(
    "# yaml-language-server: $schema=./config/generated/stack.schema.json",
  );
});

test("rejects an unknown section and an unknown key, but not another namespace", () => {
  const data = parse(stackText("homelab"));
  expect(validate({ config: { ...data.config, "proxmoxve:endpoint": "https://pve:8006" } })).toBe(
    true,
  );
  expect(validate({ config: { ...data.config, "homelab:guest": {} } })).toBe(false);
  data.config["homelab:guests"].traefik.vmd = 1;
  expect(validate(data)).toBe(false);
});

test("the committed reference is the one that the schema makes, and explains every field", () => {
  const committed = readFileSync(join(__dirname, "../../docs/configuration-reference.md"), "utf8");
  expect(committed).toBe(referenceText());
  const unexplained = Object.entries(fieldSchemas())
    .flatMap(([section, schema]) => rows(section, schema))
    .filter((row) => row.description === "");
  expect(unexplained).toEqual([]);
});
