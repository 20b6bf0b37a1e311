import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { SchemaForm } from "../../../src/console/parts/form.tsx";
import { fieldsOf, parseForm, titleOf } from "../../../src/console/parts/form-fields.ts";

const schema = z.strictObject({
  name: z.string().min(2).max(20).describe("A name."),
  count: z.int().min(1).max(10).default(3),
  ratio: z.number().optional(),
  mode: z.enum(["fast", "slow"]),
  dryRun: z.boolean().default(true),
  networks: z.array(z.string()).optional(),
  ids: z.array(z.int().min(1)).min(1),
  password: z.string().meta({ format: "password" }).optional(),
  extra: z.record(z.string(), z.number()).optional(),
  maybe: z.string().nullable().optional(),
});

const good = "name=abc&count=4&mode=slow&networks=a%0D%0A+b+%0A%0A&ids=1%0A2&extra=%7B%22a%22%3A1%7D&password=s3cret";
const parse = (text: string) => parseForm(schema, new URLSearchParams(text));

describe("fieldsOf", () => {
  it("takes type, need, bounds and help from the schema", () => {
    const fields = Object.fromEntries(fieldsOf(schema).map((field) => [field.key, field]));
    const types = Object.values(fields).map(({ type }) => type);
    assert.deepEqual(types, [
      ...["text", "integer", "number", "choice", "boolean"],
      ...["list", "list", "secret", "json", "text"],
    ]);
    assert.deepEqual([fields.count?.min, fields.count?.max, fields.count?.default], [1, 10, 3]);
    assert.deepEqual([fields.ratio?.min, fields.ratio?.required], [undefined, false]);
    assert.deepEqual([fields.name?.required, fields.name?.help, fields.name?.maxLength], [true, "A name.", 20]);
    assert.deepEqual(fields.mode?.choices, ["fast", "slow"]);
    assert.equal(fields.ids?.items, "integer");
  });
  it("has no fields for a schema that is no object", () => {
    assert.deepEqual(fieldsOf(z.string()), []);
  });
  it("makes titles of keys", () => {
    assert.equal(titleOf("dryRun"), "Dry run");
    assert.equal(titleOf("FOO_BAR"), "Foo bar");
  });
});

describe("parseForm", () => {
  it("gives options as the schema wants them", () => {
    const parsed = parse(good);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.options, {
      ...{ name: "abc", count: 4, mode: "slow", dryRun: false, networks: ["a", "b"], ids: [1, 2] },
      ...{ extra: { a: 1 }, password: "s3cret" },
    });
  });
  it("takes a box without a tick as false, whatever the default", () => {
    const parsed = parse(`${good}&dryRun=on`);
    assert.ok(parsed.ok && parsed.options.dryRun);
  });
  it("says what is wrong at which field and keeps what was entered, but no secret", () => {
    const parsed = parse("name=x&count=many&ids=1%0Atwo&extra=%7B&password=s3cret");
    assert.ok(!parsed.ok);
    assert.deepEqual(Object.keys(parsed.errors).sort(), ["count", "extra", "ids", "mode", "name"]);
    assert.equal(parsed.errors.mode, "This is needed.");
    assert.deepEqual(parsed.values.ids, [1, "two"]);
    assert.equal(parsed.values.count, "many");
    assert.ok(!JSON.stringify(parsed).includes("s3cret"));
  });
  it("shows no secret after success either", () => {
    assert.ok(!("password" in parse(good).values));
  });
  it("ignores fields that the schema does not have", () => {
    assert.ok(parse(`${good}&xsrf=abc&__proto__=1`).ok);
  });
});

describe("SchemaForm", () => {
  const render = async (values: Record<string, unknown>, errors: Record<string, string>) => {
    const props = { id: "f", schema, action: "/x", verb: "Go", xsrf: 'to"ken', values, errors };
    return (await SchemaForm(props)).toString();
  };
  it("labels every control and binds help and errors to it", async () => {
    const html = await render({ name: "x" }, { name: "Too short", "": "All is wrong" });
    for (const key of Object.keys(schema.shape)) {
      assert.ok(html.includes(`for="f-${key}"`) && html.includes(`id="f-${key}"`), key);
    }
    assert.match(html, /aria-describedby="f-name-hint f-name-error" aria-invalid="true"/);
    assert.match(html, /role="alert"[\s\S]*All is wrong/);
    assert.match(html, /name="count"[^>]* value="3" min="1" max="10" step="1"/);
    assert.match(html, /<input type="checkbox" id="f-dryRun"[^>]* checked=""/);
  });
  it("escapes values and shows no password", async () => {
    const html = await render({ name: `"><script>`, networks: ["</textarea><script>"], password: "s3cret" }, {});
    assert.ok(!html.includes("<script"));
    assert.ok(!html.includes("s3cret"));
    assert.ok(html.includes('value="to&quot;ken"'));
  });
});
