import { describe, expect, test } from "vitest";
import { reachOf } from "../../src/domain/from-here.ts";
import { inventoryOf } from "../../src/inventory/inventory-of.ts";
import { loadConfig } from "../../src/inventory/load-config.ts";
import { membersOf, resolveHost } from "../../src/inventory/resolve.ts";
import { siteOf } from "../../src/inventory/sites.ts";
import { askedFor } from "../../src/workflows/asked-for.ts";
import { sayFromHere } from "../../src/wording/from-here.ts";
import { pretend } from "../support/surroundings.ts";

const YAML = `hosts:
  web-1: { hostName: 198.51.100.6, groups: [web] }
  web-2: { hostName: 198.51.100.7, groups: [web] }
  docs.example.test: {}
sites:
  shop.example.test: { hosts: ["@web"] }
  wiki: { hosts: [web-2], url: "https://wiki.example.test/start" }
`;
const loaded = loadConfig(YAML, "502.yml");
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
const { config } = loaded;
const around = pretend({});
const inventory = inventoryOf(config, {}, "/srv/bot", around);
const world = {
  findHost: (name: string) => resolveHost(name, inventory, around),
  site: (word: string) => siteOf(word, config.sites, (group) => membersOf(inventory, group)),
};

describe("what the word behind /502 means", () => {
  test("a host and a group, as ever", () => {
    expect(askedFor(world, "web-1")).toEqual({ kind: "host", host: "web-1" });
    const url = "https://shop.example.test/cart";
    expect(askedFor(world, "web-1", url)).toEqual({ kind: "host", host: "web-1", url });
    expect(askedFor(world, "@web")).toEqual({ kind: "group", group: "@web" });
    expect(askedFor(world, "wbe-1")).toEqual({ kind: "host", host: "wbe-1" });
  });

  test("a URL at a site of several hosts: all of them, and the path; credentials and query string are left out", () => {
    expect(askedFor(world, "https://ann:pw@SHOP.example.test/cart?id=7#top")).toEqual({
      kind: "group",
      group: "shop.example.test",
      site: { name: "shop.example.test", hosts: ["web-1", "web-2"], url: "https://shop.example.test/cart" },
    });
  });

  test("a site of one host is diagnosed as that host, by its name or the host of its url:", () => {
    const start = "https://wiki.example.test/start";
    expect(askedFor(world, "wiki")).toEqual({ kind: "host", host: "web-2", url: start, site: start });
    const page = "https://wiki.example.test/a/b";
    expect(askedFor(world, page)).toEqual({ kind: "host", host: "web-2", url: page, site: page });
  });

  test("a URL at a host's own name, which no site has: that host, and nothing is asked from here", () => {
    expect(askedFor(world, "http://docs.example.test/x")).toEqual({
      kind: "host",
      host: "docs.example.test",
      url: "http://docs.example.test/x",
    });
  });

  test("a URL nobody has written down says what to write", () => {
    const asked = askedFor(world, "https://other.example.test/");
    expect(asked.kind).toBe("unknown-site");
    expect(asked).toMatchObject({
      instead: "HOST --url https://other.example.test/",
      site: "other.example.test: { hosts: [HOST] }",
    });
  });
});

describe("what the public name answers from here", () => {
  const url = "https://shop.example.test/";
  const at = (address: string, status: number, error?: string) => ({
    address,
    status,
    ...(error === undefined ? {} : { error }),
  });

  test.each([
    [
      "everywhere",
      [at("203.0.113.7", 502), at("203.0.113.8", 0, "ECONNREFUSED")],
      "down for everyone who asks from here",
    ],
    ["somewhere", [at("203.0.113.7", 502), at("203.0.113.8", 200)], "works from some addresses only"],
    ["nowhere", [at("203.0.113.7", 404)], "not down for everyone"],
    ["unresolved", [], "resolves to no address"],
  ])("%s", (reach, answers, words) => {
    expect(reachOf({ url, answers })).toBe(reach);
    expect(sayFromHere({ url, answers })).toContain(words);
    for (const a of answers) expect(sayFromHere({ url, answers })).toContain(a.address);
  });
});
