import { describe, expect, test } from "vitest";
import { parseStubStatus } from "../../src/parsers/stub-status.ts";
import { result } from "./captured.ts";

// The form of ngx_http_stub_status_handler (ngx_http_stub_status_module.c).
const PAGE =
  "Active connections: 291 \nserver accepts handled requests\n 16630948 16630940 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n";

describe("nginx's own counters", () => {
  test("are read", () => {
    expect(parseStubStatus(result(PAGE))).toEqual({
      active: 291,
      accepts: 16_630_948,
      handled: 16_630_940,
      requests: 31_070_465,
      reading: 6,
      writing: 179,
      waiting: 106,
    });
  });

  test("another page tells nothing", () => {
    for (const page of ["", "<html><h1>403 Forbidden</h1></html>", PAGE.slice(0, 60)])
      expect(parseStubStatus(result(page))).toBeUndefined();
    expect(parseStubStatus(result(PAGE, { exitCode: 7 }))).toBeUndefined();
  });
});
