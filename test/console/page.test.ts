import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askedPart } from "../../src/console/page.ts";

const part = (headers: Record<string, string>) => askedPart(new Headers(headers));

describe("askedPart", () => {
  it("is the target's id when htmx asks for a part", () => {
    assert.equal(part({ "HX-Request-Type": "partial", "HX-Target": "section#hosts" }), "hosts");
  });
  it("is nothing for a whole document, a browser, or a header no element has", () => {
    assert.equal(part({}), undefined);
    assert.equal(part({ "HX-Request-Type": "full", "HX-Target": "body#x" }), undefined);
    assert.equal(part({ "HX-Request-Type": "partial", "HX-Target": "section" }), undefined);
    assert.equal(part({ "HX-Request-Type": "partial", "HX-Target": 'a#"><script>' }), undefined);
  });
});
