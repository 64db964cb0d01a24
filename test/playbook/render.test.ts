import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Check, FixRule } from "../../src/domain/playbook.ts";
import {
  commandText,
  renderCheck,
  renderFixCommands,
  type RenderedCheck,
} from "../../src/playbook/render.ts";
import { environment, load, loadEnvironment, playbookOf } from "./small-model.ts";

function checkOf(lines: string): Check {
  const [check] = playbookOf(load(`checks:\n  - { id: c, tells: x, parser: lines, ${lines} }\n`)).checks;
  if (!check) throw new Error("no check");
  return check;
}

function fixOf(lines: string): FixRule {
  const [fix] = playbookOf(load(`fixes:\n  - { id: f, title: x, risk: safe, ${lines} }\n`)).fixes;
  if (!fix) throw new Error("no fix");
  return fix;
}

function render(check: Check, host: Readonly<Record<string, unknown>>): RenderedCheck {
  const context = environment.context({ host });
  return renderCheck(check, { environment, context, refusal: loadEnvironment.refusal });
}

function argvs(rendered: RenderedCheck): readonly string[] {
  return rendered.commands.map((c) => `${c.id}: ${c.argv.join(" ")}`);
}

describe("a check", () => {
  test("without rules is one command", () => {
    expect(render(checkOf("argv: [ss, -ltn], sudo: never, timeout: 1s, background: true"), {})).toEqual({
      commands: [
        { id: "c", argv: ["ss", "-ltn"], sudo: "never", timeoutMs: 1000, maxBytes: 2000, background: true },
      ],
      withheld: [],
    });
  });

  test("runs where `when` is true; false is not needed, unknown is a blind spot", () => {
    const check = checkOf(`argv: [ss], when: "host.owner == 'root'"`);
    expect(argvs(render(check, { name: "h", owner: "root" }))).toEqual(["c: ss"]);
    expect(render(check, { name: "h", owner: "me" }).withheld).toEqual([
      { id: "c", because: "not needed on this host", unknown: false },
    ]);
    expect(render(check, { name: "h" }).withheld).toEqual([
      { id: "c", because: "host.owner is not known", unknown: true },
    ]);
  });

  const perUnit = checkOf(`argv: [systemctl, show, --, "\${each.id}"], forEach: host.units, max: 2`);

  test("runs once for each, the same command once, not more than max", () => {
    const units = ["a", "b", "a", "c"].map((id) => ({ id }));
    const rendered = render(perUnit, { name: "h", units });
    expect(argvs(rendered)).toEqual(["c: systemctl show -- a", "c#2: systemctl show -- b"]);
    expect(rendered.withheld).toEqual([
      { id: "c#3", because: "only the first 2 are looked at", unknown: true },
    ]);
    expect(render(perUnit, { name: "h", units: [] })).toEqual({ commands: [], withheld: [] });
    expect(render(perUnit, { name: "h" }).withheld[0]).toMatchObject({
      because: "host.units is not known",
      unknown: true,
    });
  });

  test("an instance with a fact that is not known is withheld, the others run", () => {
    const check = checkOf(`argv: [ss, -ltn, "sport = :\${each.port}"], forEach: host.peers`);
    const rendered = render(check, { name: "h", peers: [{ address: "a" }, { address: "b", port: 80 }] });
    expect(argvs(rendered)).toEqual(["c#2: ss -ltn sport = :80"]);
    expect(rendered.withheld).toEqual([{ id: "c", because: "each.port is not known", unknown: true }]);
  });

  test("maps written out have typed keys, of different types, also after a filter", () => {
    const check = checkOf(
      `argv: [ss, -n, "\${each.addr}:\${each.port}"], forEach: 'host.peers.filter(p, has(p.port)).map(p, {"addr": p.address, "port": p.port}).filter(x, true)'`,
    );
    expect(argvs(render(check, { name: "h", peers: [{ address: "a", port: 1 }, { address: "b" }] }))).toEqual(
      ["c: ss -n a:1"],
    );
  });

  test("a list is spread, strings can be each", () => {
    const spread = checkOf(`argv: [systemctl, show, --, "\${each.names...}"], forEach: host.peers`);
    expect(argvs(render(spread, { name: "h", peers: [{ address: "a", names: ["x", "y z"] }] }))).toEqual([
      "c: systemctl show -- x y z",
    ]);
    const plain = checkOf(`argv: [systemctl, show, "u\${each}"], forEach: "['a', 'b']"`);
    expect(argvs(render(plain, { name: "h" }))).toEqual(["c: systemctl show ua", "c#2: systemctl show ub"]);
  });

  test("runs as a user whose name is one", () => {
    const check = checkOf('argv: [ss], runAs: "${host.owner}"');
    expect(render(check, { name: "h", owner: "deploy" }).commands[0]?.runAs).toBe("deploy");
    for (const owner of ["-i", "a b", "#0", "root;id", "", "a/b", "x".repeat(40)])
      expect(render(check, { name: "h", owner }).commands).toEqual([]);
  });

  test("is asked again at the table with its real words", () => {
    const context = environment.context({ host: { name: "h", owner: "x" } });
    const refusal = (argv: readonly string[]) =>
      argv[1] === "x" ? { because: "no x", hint: "" } : undefined;
    expect(renderCheck(checkOf('argv: [ss, "${host.owner}"]'), { environment, context, refusal })).toEqual({
      commands: [],
      withheld: [{ id: "c", because: "no x", unknown: true }],
    });
  });
});

describe("no value adds a word or an option", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "",
      "-h",
      "--",
      "--output=json",
      "a b",
      "a\nb",
      "a\0b",
      "$(id)",
      "`id`",
      "'; id; '",
      "${x}",
      "-",
      "\t-x",
    ),
    fc.string().map((s) => `-${s}`),
  );
  const run = (argv: string, owner: string): readonly string[] | undefined =>
    render(checkOf(`argv: ${argv}`), { name: "h", owner }).commands[0]?.argv;

  test("as a word of its own", () => {
    const check = checkOf('argv: [systemctl, show, "${host.owner}", last]');
    fc.assert(
      fc.property(hostile, (owner) => {
        const argv = render(check, { name: "h", owner }).commands[0]?.argv;
        const refused = /^-|^$|[\0-\x1f\x7f]/.test(owner);
        expect(argv).toEqual(refused ? undefined : ["systemctl", "show", owner, "last"]);
      }),
    );
  });

  test("after --, and behind a prefix", () => {
    const after = checkOf('argv: [systemctl, show, --, "${host.owner}"]');
    const behind = checkOf('argv: [journalctl, "--unit=${host.owner}", "_X=${host.owner}"]');
    fc.assert(
      fc.property(hostile, (owner) => {
        const bad = /[\0-\x1f\x7f]/.test(owner);
        const one = render(after, { name: "h", owner }).commands[0]?.argv;
        expect(one).toEqual(bad || owner === "" ? undefined : ["systemctl", "show", "--", owner]);
        const two = render(behind, { name: "h", owner }).commands[0]?.argv;
        expect(two).toEqual(bad ? undefined : ["journalctl", `--unit=${owner}`, `_X=${owner}`]);
      }),
    );
  });

  test("as two values in one word, the first empty", () => {
    const check = checkOf('argv: [ss, "${host.owner}${host.line}"]');
    const made = (owner: string, line: string) => render(check, { name: "h", owner, line }).commands.length;
    expect(made("", "-x")).toBe(0);
    expect(made("", "")).toBe(0);
    expect(made("a", "-x")).toBe(1);
  });

  test("spread: as many words as items, none an option", () => {
    const check = checkOf('argv: [systemctl, show, "${each.names...}"], forEach: host.peers');
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 5 }), (names) => {
        const argv = render(check, { name: "h", peers: [{ address: "a", names }] }).commands[0]?.argv;
        const refused = names.some((name) => /^-|^$|[\0-\x1f\x7f]/.test(name));
        expect(argv).toEqual(refused ? undefined : ["systemctl", "show", ...names]);
      }),
    );
  });

  test("too long a value is refused", () => {
    expect(run('[systemctl, show, "${host.owner}"]', "x".repeat(4097))).toBeUndefined();
  });

  test("a template in a value is not filled in again", () => {
    expect(run('[systemctl, show, "${host.owner}"]', "${host.name}")).toEqual([
      "systemctl",
      "show",
      "${host.name}",
    ]);
  });
});

describe("a fix", () => {
  const fix = fixOf(
    `commands: [{ argv: [systemctl, restart, --, "\${unit.id}"] }, { argv: [rm, "/run/\${host.owner}.sock"], sudo: never, timeout: 2s }], rollback: [{ argv: [systemctl, stop, --, "\${unit.id}"] }], preconditions: [{ name: state, argv: [systemctl, show, --, "\${unit.id}"], expect: "\${unit.restarts}" }]`,
  );
  const scene = (values: Readonly<Record<string, unknown>>) => ({
    environment,
    context: environment.context(values),
    refusal: loadEnvironment.refusal,
  });

  test("is rendered as a whole", () => {
    const made = renderFixCommands(
      fix,
      scene({ host: { name: "h", owner: "app" }, unit: { id: "u", restarts: 3 } }),
    );
    expect(made).toEqual({
      ok: true,
      commands: [
        {
          id: "f",
          argv: ["systemctl", "restart", "--", "u"],
          sudo: "always",
          timeoutMs: 30_000,
          maxBytes: 65_536,
        },
        { id: "f#2", argv: ["rm", "/run/app.sock"], sudo: "never", timeoutMs: 2000, maxBytes: 65_536 },
      ],
      rollback: [
        {
          id: "f-rollback",
          argv: ["systemctl", "stop", "--", "u"],
          sudo: "always",
          timeoutMs: 30_000,
          maxBytes: 65_536,
        },
      ],
      room: [],
      preconditions: [
        {
          name: "state",
          command: {
            id: "f-precondition",
            argv: ["systemctl", "show", "--", "u"],
            sudo: "try",
            timeoutMs: 5000,
            maxBytes: 65_536,
          },
          expect: "3",
        },
      ],
    });
  });

  test("or not at all", () => {
    const unit = { id: "u", restarts: 3 };
    expect(renderFixCommands(fix, scene({ host: { name: "h" }, unit }))).toEqual({
      ok: false,
      because: "host.owner is not known",
    });
    expect(renderFixCommands(fix, scene({ host: { name: "h", owner: "a\nb" }, unit }))).toMatchObject({
      ok: false,
    });
    expect(renderFixCommands(fix, scene({ host: { name: "h", owner: "a" }, unit: { id: "u" } }))).toEqual({
      ok: false,
      because: "unit.restarts is not known",
    });
  });
});

test("a command as a person types it", () => {
  expect(commandText({ argv: ["ss", "-ltn"], sudo: "try" })).toBe("ss -ltn");
  expect(commandText({ argv: ["systemctl", "restart", "a b"], sudo: "always" })).toBe(
    "sudo systemctl restart 'a b'",
  );
  expect(commandText({ argv: ["pm2", "jlist"], sudo: "try", runAs: "deploy" })).toBe(
    "sudo -u deploy pm2 jlist",
  );
});
