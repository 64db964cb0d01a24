import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wildcard } from "../../src/domain/wildcard.ts";
import {
  fingerprint,
  keyType,
  knownHostName,
  lookUp,
  matchesKnownHost,
  parseKnownHosts,
} from "../../src/ssh/known-hosts.ts";
import { sshKeygen } from "../support/openssh.ts";

let directory: string;
let key: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "fiveohtwo-known-"));
  sshKeygen("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(directory, "k"));
  key = readFileSync(join(directory, "k.pub"), "utf8").trim();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("known_hosts", () => {
  test("lines that ssh-keygen hashed match, with and without a port", () => {
    const file = join(directory, "known_hosts");
    writeFileSync(file, `web-1,198.51.100.6 ${key}\n[web-2]:2222 ${key}\n`);
    sshKeygen("-q", "-H", "-f", file);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^\|1\|/m);
    const entries = parseKnownHosts(text, file);
    const found = (host: string, port: number): number =>
      lookUp(entries, knownHostName(host, port)).keys.length;
    expect(found("web-1", 22)).toBe(1);
    expect(found("198.51.100.6", 22)).toBe(1);
    expect(found("web-2", 2222)).toBe(1);
    expect(found("web-2", 22)).toBe(0);
    expect(found("web-1", 2222)).toBe(0);
    expect(found("other", 22)).toBe(0);
  });

  test("fingerprint and type are those that ssh-keygen prints", () => {
    const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");
    expect(sshKeygen("-lf", join(directory, "k.pub"))).toContain(fingerprint(blob));
    expect(keyType(blob)).toBe("ssh-ed25519");
  });

  test("markers, several names, negation, comments and broken lines", () => {
    const entries = parseKnownHosts(
      [
        "# a comment",
        "",
        `*.example.test,!bad.example.test ${key} with a comment`,
        `@revoked * ${key}`,
        `@cert-authority *.corp.test ${key}`,
        `@unknown x ${key}`,
        "x ssh-ed25519",
        "x ssh-ed25519 AAAA",
        `x ssh-rsa ${key.split(" ")[1] ?? ""}`,
      ].join("\n"),
      "kh",
    );
    expect(entries.map((entry) => [entry.marker, entry.line])).toEqual([
      ["key", 3],
      ["revoked", 4],
      ["cert-authority", 5],
    ]);
    expect(lookUp(entries, "a.example.test")).toMatchObject({
      keys: [{ line: 3 }],
      revoked: [{ line: 4 }],
      authorities: [],
    });
    expect(lookUp(entries, "bad.example.test").keys).toEqual([]);
    expect(lookUp(entries, "x.corp.test").authorities).toHaveLength(1);
  });

  test("names are lower case, an alias stands without port", () => {
    expect(knownHostName("WEB-1", 22)).toBe("web-1");
    expect(knownHostName("Web-1", 2222)).toBe("[web-1]:2222");
    expect(knownHostName("10.0.0.1", 2222, "Web")).toBe("web");
    expect(matchesKnownHost("[*.example.test]:2222", "[a.example.test]:2222")).toBe(true);
  });
});

test("wildcards match as in ssh, and many of them end", () => {
  expect(wildcard("web-?", "web-1")).toBe(true);
  expect(wildcard("web-?", "web-10")).toBe(false);
  expect(wildcard("*", "")).toBe(true);
  expect(wildcard("a*b*c", "axxbyyc")).toBe(true);
  expect(wildcard("a*b*c", "axxbyy")).toBe(false);
  expect(wildcard(`${"*a".repeat(40)}b`, "a".repeat(3000))).toBe(false);
});
