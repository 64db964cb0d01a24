import { describe, expect, test } from "vitest";
import { parseSystemctlShow } from "../../src/parsers/systemctl-show.ts";
import { parseSystemdSpan, parseSystemdTime } from "../../src/parsers/systemd-time.ts";
import { captured, result } from "./captured.ts";

const show = (text: string) => parseSystemctlShow(result(text))?.units ?? [];

describe("parseSystemctlShow", () => {
  test("reads every unit of a captured host", () => {
    const units = new Map(show(captured("host/systemctl-show.txt")).map((unit) => [unit.id, unit]));
    expect([...units.keys()]).toEqual(
      ["ok", "crash", "limit", "fail", "msk", "stopped", "orphan", "rundir", "nosuch"].map(
        (name) => `${name}.service`,
      ),
    );
    expect(units.get("ok.service")).toMatchObject({
      activeState: "active",
      mainPid: 41,
      nRestarts: 0,
      unitFileState: "enabled",
    });
    expect(units.get("ok.service")).toMatchObject({
      activeEnterAt: Date.UTC(2026, 10, 20, 10, 39, 26),
      inactiveEnterAt: undefined,
    });
    expect(units.get("ok.service")).toMatchObject({ execMainCode: undefined, needDaemonReload: false });
    expect(units.get("crash.service")).toMatchObject({
      activeState: "activating",
      subState: "auto-restart",
      execMainCode: "exited",
      execMainStatus: 1,
    });
    expect(units.get("stopped.service")).toMatchObject({
      result: "success",
      execMainCode: "killed",
      execMainStatus: 15,
    });
    expect(units.get("msk.service")).toMatchObject({
      loadState: "masked",
      unitFileState: "masked",
      type: undefined,
    });
    expect(units.get("nosuch.service")).toMatchObject({
      loadState: "not-found",
      execMainStartMonotonicUs: 0,
    });
  });

  test("keeps of the environment the names and the ports only", () => {
    const [unit] = show(
      `Id=a.service\nEnvironment=PORT=3000 "GREETING=hello there" ADMIN_PORT=4000 SUPPORT=7 PORTAL=80\nExecStart={ path=/usr/bin/node ; argv[]=/usr/bin/node server.js ; ignore_errors=no ; pid=0 }\n`,
    );
    expect(unit?.environmentPorts).toEqual({ PORT: 3000, ADMIN_PORT: 4000 });
    expect(unit?.environmentNames).toEqual(["PORT", "GREETING", "ADMIN_PORT", "SUPPORT", "PORTAL"]);
    expect(JSON.stringify(unit)).not.toContain("hello");
    expect(unit?.execStart).toEqual({ path: "/usr/bin/node", argv: ["/usr/bin/node", "server.js"] });
  });

  test("memory limits that are none are undefined", () => {
    const [unit] = show(
      "Id=a.service\nMemoryMax=infinity\nMemoryCurrent=[not set]\nLimitNOFILE=524288\nRestartUSec=1min 100ms\n",
    );
    expect(unit).toMatchObject({
      memoryMax: undefined,
      memoryCurrent: undefined,
      limitNofile: 524_288,
      restartMs: 60_100,
    });
  });

  test("no systemd, no units and no such answer differ", () => {
    const noBus = {
      stderr: "System has not been booted with systemd as init system (PID 1). Can't operate.\n",
      exitCode: 1,
    };
    expect(parseSystemctlShow(result("", noBus))).toBeUndefined();
    expect(parseSystemctlShow(result(""))).toEqual({ units: [] });
    expect(parseSystemctlShow(result("garbage\n"))).toBeUndefined();
  });
});

describe("systemd's times", () => {
  test.each([
    ["@1795170766", 1_795_170_766_000],
    ["@1795170766.250000", 1_795_170_766_250],
    ["Fri 2026-11-20 10:39:26 UTC", 1_795_171_166_000],
    ["Fri 2026-11-20 11:39:26 +0100", 1_795_171_166_000],
    ["Fri 2026-11-20 05:09:26 -05:30", 1_795_171_166_000],
    ["Fri 2026-11-20 11:39:26 CET", undefined],
    ["n/a", undefined],
    ["", undefined],
  ])("%s", (text, expected) => {
    expect(parseSystemdTime(text)).toBe(expected);
  });

  test("spans", () => {
    expect(["100ms", "5s", "1min 30s", "infinity", ""].map((text) => parseSystemdSpan(text))).toEqual([
      100,
      5000,
      90_000,
      undefined,
      undefined,
    ]);
  });
});
