import { describe, expect, test } from "vitest";
import { interruptedPeers, lastPeer } from "../../src/diagnosis/last-peer.ts";

const restart = [{ argv: ["systemctl", "restart", "--", "shop@1.service"] }];
const scope = {
  upstream: { name: "shop", group: true, peers: 3, down: 1, failing: 1 },
  direct: { outcome: "ok" },
  unit: { id: "shop@1.service" },
};

describe("a fix on one of several peers", () => {
  test("is by hand when it would interrupt the last one that answers", () => {
    expect(lastPeer(scope, restart)).toBe(
      "it is the last peer of shop that answers: bring another one back first",
    );
    const seen = { ...scope, direct: {}, listener: { present: true }, symptom: { failing: false } };
    expect(lastPeer(seen, restart)).toBeDefined();
  });

  test.each([
    ["another one answers", { ...scope, upstream: { ...scope.upstream, failing: 0 } }, restart],
    ["it does not answer itself", { ...scope, direct: { outcome: "refused" } }, restart],
    ["it is no group", { ...scope, upstream: { ...scope.upstream, group: false } }, restart],
    ["nothing is known of a group", { unit: scope.unit, direct: scope.direct }, restart],
    ["it starts what is down", scope, [{ argv: ["systemctl", "start", "--", "shop@1.service"] }]],
    ["it is about another service", scope, [{ argv: ["systemctl", "restart", "--", "mail.service"] }]],
  ])("may be a button when %s", (_, facts, commands) => {
    expect(lastPeer(facts, commands)).toBeUndefined();
  });
});

describe("a fix that interrupts one of several peers", () => {
  const others = [{ target: "127.0.0.1:3002", scheme: "http" }];
  const place = {
    vhost: "shop.example.test",
    target: "127.0.0.1:3001",
    scope: {},
    cites: new Map<string, string>(),
    fronts: [],
    grounds: [],
    others,
    idle: false,
  };
  const placed = { place, target: "127.0.0.1:3001" };

  test("is bound to those that must answer meanwhile", () => {
    expect(interruptedPeers(placed, { ...scope, location: { scheme: "https" } }, restart)).toEqual({
      peers: { group: "shop", own: { target: "127.0.0.1:3001", scheme: "https" }, others },
    });
  });

  test.each([
    ["starts what is down", scope, [{ argv: ["systemctl", "start", "--", "shop@1.service"] }]],
    ["is about a peer alone", { ...scope, upstream: { group: false } }, restart],
  ])("not when it %s", (_, facts, commands) => {
    expect(interruptedPeers(placed, facts, commands)).toEqual({});
  });
});
