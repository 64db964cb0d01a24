import { describe, expect, test } from "vitest";
import { parseAccessTest } from "../../src/parsers/access-test.ts";
import { parseFindMtimes } from "../../src/parsers/find-mtimes.ts";
import { parseGetfacl } from "../../src/parsers/getfacl.ts";
import { parseNamei } from "../../src/parsers/namei.ts";
import { parseStat } from "../../src/parsers/stat.ts";
import { result, transcript } from "./captured.ts";

test("parseStat: present, absent and denied are three things", () => {
  const stdout =
    "/tmp/pars test.sock|socket|755|root:root|0:0|2146318|0|1795180194\n/etc/passwd|regular file|644|root:root|0:0|739|1340|1795179393\n";
  const stderr =
    "stat: cannot statx '/nonexist': No such file or directory\nstat: cannot statx '/root/x': Permission denied\n";
  const files = parseStat(result(stdout, { stderr, exitCode: 1 }))?.files ?? [];
  expect(files.map(({ path, state }) => [path, state])).toEqual([
    ["/tmp/pars test.sock", "present"],
    ["/etc/passwd", "present"],
    ["/nonexist", "absent"],
    ["/root/x", "denied"],
  ]);
  expect(files[0]).toMatchObject({
    type: "socket",
    mode: "755",
    owner: "root",
    inode: 2_146_318,
    mtime: 1_795_180_194,
  });
  expect(parseStat(result("", { stderr: "stat: unrecognized option\n", exitCode: 1 }))).toBeUndefined();
});

describe("parseNamei", () => {
  test("the way to a captured socket", () => {
    const path = parseNamei(transcript("enf-unix-srv-dac0600__namei__root"))?.paths[0];
    expect(path?.components.map(({ name, mode, owner }) => [name, mode, owner])).toEqual([
      ["/", "drwxr-xr-x", "root"],
      ["srv", "drwxr-xr-x", "root"],
      ["app", "drwxr-xr-x", "app"],
      ["dac.sock", "srw-------", "app"],
    ]);
    expect(path?.stopped).toBeUndefined();
  });

  test("where it ends: denied, or not there", () => {
    const text = `f: /nonexist/foo\ndrwxr-xr-x root root /\n                     nonexist - No such file or directory\nf: /root/x\ndrwxr-xr-x root root /\ndrwx------ root root root\n                     x - Permission denied\n`;
    const facts = parseNamei(result(text, { exitCode: 1 }));
    expect(facts?.paths.map((one) => one.stopped)).toEqual([
      { name: "nonexist", reason: "absent" },
      { name: "x", reason: "denied" },
    ]);
    expect(facts?.paths[1]?.components).toHaveLength(2);
  });
});

test("parseGetfacl: named entries, with the mask applied", () => {
  const text =
    "# file: /run/app.sock\n# owner: app\n# group: app\nuser::rw-\nuser:www-data:rw-\t#effective:r--\ngroup::r--\nmask::r--\nother::---\n";
  expect(parseGetfacl(result(text))).toMatchObject({ owner: "app", group: "app" });
  expect(parseGetfacl(result(text))?.entries[1]).toEqual({
    kind: "user",
    name: "www-data",
    permissions: "rw-",
    effective: "r--",
  });
  expect(
    parseGetfacl(result("", { stderr: "getfacl: x: No such file or directory\n", exitCode: 1 })),
  ).toBeUndefined();
});

test("parseAccessTest: a message is no answer", () => {
  expect(parseAccessTest(result(""))).toEqual({ allowed: true });
  expect(parseAccessTest(result("", { exitCode: 1 }))).toEqual({ allowed: false });
  expect(
    parseAccessTest(result("", { exitCode: 1, stderr: "runuser: may not be used by non-root users\n" })),
  ).toBeUndefined();
  expect(parseAccessTest(result("", { exitCode: 2 }))).toBeUndefined();
});

test("parseFindMtimes: newest first, links with their target", () => {
  const text =
    "1795170000.5000000000 f /etc/nginx/nginx.conf\n1795179393.0000000000 l /srv/shop/current -> /srv/shop/releases/7\n";
  expect(parseFindMtimes(result(text))).toEqual({
    files: [
      { path: "/srv/shop/current", mtime: 1_795_179_393, type: "l", linkTarget: "/srv/shop/releases/7" },
      { path: "/etc/nginx/nginx.conf", mtime: 1_795_170_000, type: "f", linkTarget: undefined },
    ],
    partial: false,
  });
  expect(
    parseFindMtimes(result("", { exitCode: 1, stderr: "find: '/x': No such file or directory" })),
  ).toBeUndefined();
});
