import { beforeEach, describe, expect, test } from "vitest";
import type { Host } from "../../src/domain/host.ts";
import { applyFix } from "../../src/workflows/apply-fix.ts";
import type { AccessQuestion, FixWorld } from "../../src/workflows/fix-world.ts";
import type { Shell } from "../../src/workflows/ports.ts";
import { pressOffer } from "../../src/workflows/press-offer.ts";
import { FakeHost } from "../support/fake-host.ts";
import { aBoundFix, aDiagnosisOf, ANN, Stage, START } from "../support/fix-stage.ts";
import { aRun } from "../support/nouns.ts";

/** nginx runs on web-1; the fix is for the service on app-1. */
const NGINX_KEY = "SHA256:nginx-host-key";
let stage: Stage;
let nginx: FakeHost;
/** What was asked and run, by machine. */
let waves: Map<string, Set<string>>;
let world: FixWorld;

beforeEach(async () => {
  const { verify, fix } = aBoundFix();
  stage = new Stage({
    host: "app-1",
    fix: { ...fix, host: "app-1", target: "10.0.0.9:3000" },
    verify: { ...verify, target: "10.0.0.9:3000", nginx: { host: "web-1", hostKey: NGINX_KEY } },
  });
  await stage.set();
  nginx = new FakeHost();
  nginx.hostKey = NGINX_KEY;
  nginx.tick = () => (nginx.status = stage.host.active === "active" ? 200 : 502);
  waves = new Map();
  const plain = stage.world();
  world = {
    ...plain,
    findHost: (name) => (name === "web-1" || name === "app-1" ? hostOf(plain, name) : undefined),
    shell: shellOf({ "web-1": nginx, "app-1": stage.host }),
  };
});

function hostOf(plain: FixWorld, name: string): Host {
  const known = plain.findHost("web-1");
  if (known === undefined) throw new Error("web-1 is not known");
  return { ...known, name };
}

function shellOf(machines: Readonly<Record<string, FakeHost>>): Shell {
  return {
    open: async (host, opts) => {
      const machine = machines[host.name];
      if (machine === undefined) throw new Error(`there is no ${host.name}`);
      const session = await machine.shell().open(host, opts);
      const asked = waves.get(host.name) ?? new Set();
      waves.set(host.name, asked);
      return {
        ...session,
        runWave: (commands, onResult) => {
          for (const c of commands) asked.add(c.id.replace(/-\d+$/, ""));
          return session.runWave(commands, onResult);
        },
      };
    },
  };
}

async function apply() {
  const id = await stage.press(world);
  await stage.approve(id, world);
  const end = await applyFix(world, id);
  if (end.kind !== "finished") throw new Error(`it ended as ${end.kind}`);
  return end.approval;
}

describe("a fix on the machine of a peer", () => {
  test("runs there, is verified through nginx on its own host, and diagnosed again from there", async () => {
    const diagnosed: string[] = [];
    const own = world.diagnose.bind(world);
    world = {
      ...world,
      diagnose: (req) => {
        diagnosed.push(req.host);
        return own(req);
      },
    };
    const approval = await apply();
    expect([approval.outcome, approval.host, diagnosed]).toEqual(["fixed", "app-1", ["web-1"]]);
    expect([stage.host.ran, nginx.ran]).toEqual([[START], []]);
    expect([...(waves.get("web-1") ?? [])].toSorted()).toEqual(["direct", "front"]);
    expect([...(waves.get("app-1") ?? [])].toSorted()).toEqual(["listen", "syslog", "unit"]);
    expect([stage.host.openSessions, nginx.openSessions]).toEqual([0, 0]);
  });

  test("the policy is asked for the machine that is changed", async () => {
    const asked: AccessQuestion[] = [];
    const own = world.access.bind(world);
    world = {
      ...world,
      access: (q) => {
        asked.push(q);
        return own(q);
      },
    };
    await stage.press(world);
    expect(new Set(asked.map((q) => q.host))).toEqual(new Set(["app-1"]));
  });

  test("runs nothing where the machine shows another key than at the diagnosis", async () => {
    stage.host.hostKey = "SHA256:another";
    const approval = await apply();
    expect([approval.outcome, stage.host.ran]).toEqual(["refused", []]);
    expect(approval.why).toContain("app-1 shows another host key");
  });

  test("nginx that cannot be asked proves nothing: the diagnosis made again decides", async () => {
    nginx.hostKey = "SHA256:another";
    stage.after = () => aDiagnosisOf([], { verdict: "undetermined", headline: "web-1: no verdict." });
    const approval = await apply();
    expect(stage.host.ran).toEqual([START]);
    expect(approval.outcome).toBe("not-fixed");
  });

  test.each(["web-1", "app-1"])("a newer diagnosis of %s takes the offer's place", async (host) => {
    const newer = aRun("run-2", {
      request: { host, playbook: "502" },
      createdAt: stage.clock.now() + 1,
      state: "done",
    });
    await stage.store.transaction((tx) => tx.insertRun(newer));
    const pressed = await pressOffer(world, { runId: "run-1", fixId: "start-shop-api", actor: ANN });
    expect(pressed).toMatchObject({ kind: "replaced", runId: "run-2" });
    expect(pressed.text).toContain(`A newer diagnosis of ${host}`);
  });
});
