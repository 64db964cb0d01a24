import { expect, test } from "vitest";
import { contactFor, hostAt } from "../../src/inventory/host-at.ts";
import { inventoryOf } from "../../src/inventory/inventory-of.ts";
import { loadConfig } from "../../src/inventory/load-config.ts";
import { pretend } from "../support/surroundings.ts";

const YAML = `hosts:
  app-1: { hostName: 198.51.100.6, addresses: [10.0.0.6, orders.internal, "fd00::6"] }
  app-2: { hostName: app-2.example.test }
  app-3: { hostName: bastion.example.test, port: 2201 }
  app-4: { hostName: bastion.example.test, port: 2202 }
  far: { hostName: app-9.example.test, proxyJump: app-1 }
sites:
  payments.partner.test: { hosts: [app-1], contact: "the partner" }
  shop: { hosts: [app-1], url: "https://shop.example.test/", contact: "#shop" }
`;

const loaded = loadConfig(YAML, "502.yml");
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
const { config } = loaded;
const around = pretend({ "/home/ann/.ssh/config": "Host old-1\n  HostName 198.51.100.6\n" });
const inventory = inventoryOf(config, {}, "/srv/bot", around);
const DNS: Readonly<Record<string, string[]>> = {
  "app-2.example.test": ["203.0.113.2"],
  "bastion.example.test": ["203.0.113.3"],
  "app-9.example.test": ["203.0.113.9"],
};

async function at(names: string[], addresses: string[] = []): Promise<string | undefined> {
  const lookup = (name: string) => Promise.resolve(DNS[name] ?? []);
  return (await hostAt({ names, addresses }, inventory, around, lookup))?.name;
}

test.each([
  ["the address ssh uses; 502.yml before ssh_config", ["198.51.100.6"], [], "app-1"],
  ["one of its addresses:", [], ["10.0.0.6"], "app-1"],
  ["a name among its addresses:, in any case", ["Orders.Internal."], ["192.0.2.1"], "app-1"],
  ["an IPv6 address in brackets", ["[fd00::6]"], [], "app-1"],
  ["its name in the inventory", ["app-2"], [], "app-2"],
  ["what its hostName resolves to", ["10.9.9.9"], ["203.0.113.2"], "app-2"],
  ["two machines behind one address are told apart by nobody", [], ["203.0.113.3"], undefined],
  ["a name that only the jump host resolves is not looked up here", [], ["203.0.113.9"], undefined],
  ["nobody's", ["10.0.0.7"], ["10.0.0.7"], undefined],
])("a host is found by %s", async (_, names, addresses, expected) => {
  expect(await at(names, addresses)).toBe(expected);
});

test("who answers for a name outside the inventory: the site of that name or URL", () => {
  const contact = (name: string) => contactFor({ names: [name], addresses: [] }, config.sites);
  expect(contact("payments.partner.test")).toBe("the partner");
  expect(contact("shop.example.test")).toBe("#shop");
  expect(contact("10.0.0.7")).toBeUndefined();
});
