import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { csv, csvFileName, csvRecord } from "../../../src/console/parts/csv.ts";

describe("csv", () => {
  it("quotes as RFC 4180 has it and ends records with CRLF", () => {
    assert.equal(csvRecord(["a", 'say "hi"', "x,y", "two\nlines"]), 'a,"say ""hi""","x,y","two\nlines"\r\n');
  });
  it("leaves unknown values empty and keeps numbers", () => {
    assert.equal(csvRecord([null, undefined, 0, -5, 1.5, false]), ",,0,-5,1.5,false\r\n");
  });
  it("takes the power from formulas, also behind blanks and in full width", () => {
    for (const text of ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "  =1", "\t=1", "\rx", "＝1+1", "\u00a0=1"]) {
      const field = csvRecord([text]).slice(0, -2);
      assert.match(field, /^"?'/, JSON.stringify(text));
    }
  });
  it("leaves plain signed numbers in text alone", () => {
    assert.equal(csvRecord(["-5", "+49", "-1.5", "-"]), "-5,+49,-1.5,'-\r\n");
  });
  it("begins with the byte-order mark and the titles", () => {
    assert.equal(csv(["Name", "Größe"], [["a", 1]]), "\ufeffName,Größe\r\na,1\r\n");
  });
  it("makes file names of anything", () => {
    assert.equal(csvFileName("../../etc", 'pass"wd\r\n'), "etc-pass-wd.csv");
    assert.equal(csvFileName("///"), "table.csv");
  });
});
