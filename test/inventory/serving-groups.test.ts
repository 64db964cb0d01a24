import { expect, test } from "vitest";
import { hostsServing, servingGroups } from "../../src/inventory/serving-groups.ts";

const sites = {
  shop: { hosts: ["@web", "old-1"] },
  mail: { hosts: ["mail-1"] },
};
const entry = (...groups: string[]) => ({ groups, addresses: [] });
const inventory: Parameters<typeof hostsServing>[1] = {
  directory: "/etc/fiveohtwo",
  hosts: { "web-1": entry("web"), "web-2": entry("web", "eu"), "mail-1": entry() },
  foreign: {},
  groups: {},
  sshConfigFiles: [],
};

test("a host serves in its groups, and in the sites that name it or one of them", () => {
  expect(servingGroups({ name: "web-2", groups: ["web", "eu"] }, sites)).toEqual(["web", "eu", "site shop"]);
  expect(servingGroups({ name: "mail-1", groups: [] }, sites)).toEqual(["site mail"]);
  expect(servingGroups(undefined, sites)).toEqual([]);
});

test("the hosts of a group and of a site", () => {
  expect(hostsServing("web", inventory, sites)).toEqual(["web-1", "web-2"]);
  expect(hostsServing("site shop", inventory, sites)).toEqual(["web-1", "web-2", "old-1"]);
  expect(hostsServing("site none", inventory, sites)).toEqual([]);
});
