import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Permits } from "../../src/diagnosis/fixes.ts";
import type { Diagnosis } from "../../src/domain/diagnosis.ts";
import { answer, look, NOW, type Reply, type Said, unit, verdict } from "../model/small-host.ts";

// Recorded on a Debian 12 guest in Enforcing mode (refpolicy 2:2.20221101-9, nginx 1.22.1): command, standard
// output, standard error, exit code. What no transcript holds is not looked at, save two things that are said in
// other words: nginx's answer as our -w line, and the proxy_pass of the states whose nginx -T was not captured.
const folder = join(import.meta.dirname, "selinux");

function transcript(...path: string[]): { stdout: string; stderr: string; exitCode: number } | undefined {
  const file = `${join(folder, ...path)}.txt`;
  if (!existsSync(file)) return undefined;
  const match = /--- stdout\n([\s\S]*?)--- stderr\n([\s\S]*?)--- exit code: (\d+)/.exec(
    readFileSync(file, "utf8"),
  );
  return match ? { stdout: match[1] ?? "", stderr: match[2] ?? "", exitCode: Number(match[3]) } : undefined;
}

/** An answer that curl -i printed, as the status line that our own -w prints. */
function answered(reply: ReturnType<typeof transcript>): Reply | undefined {
  if (reply === undefined) return undefined;
  const status = /^HTTP\/\S+ (\d+)/.exec(reply.stdout)?.[1];
  return status === undefined
    ? { ...reply, stdout: "000 0.000 0.000 0.001 0 0\n" }
    : { ...reply, stdout: answer(Number(status)) };
}

function present<T>(entries: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter((e): e is [string, T] => e[1] !== undefined));
}

async function diagnose(state: string, permits?: Permits): Promise<Diagnosis> {
  const said = (name: string): ReturnType<typeof transcript> => transcript(state, name);
  const log = said("error-log");
  const last = log?.stdout.trim().split("\n").at(-1) ?? "";
  const upstream = /upstream: "(\S+?):?\/"/.exec(last)?.[1] ?? "http://127.0.0.1:3000";
  const at = /^(\S+) (\S+)/.exec(last);
  const now = at ? Date.parse(`${at[1]?.replaceAll("/", "-")}T${at[2]}Z`) / 1000 + 2 : NOW;
  const dump = transcript("nginx-T");
  const direct = answered(said("curl-backend-direct") ?? said("curl-direct"));
  const captured: Said = present<Reply>({
    clock: `${now} +0000\n`,
    units: `${unit("nginx.service", { MainPID: "900", FragmentPath: "/lib/systemd/system/nginx.service" })}\n`,
    "nginx-config": dump && {
      ...dump,
      stdout: dump.stdout.replaceAll(/proxy_pass http:\/\/[^;]+;/g, () => `proxy_pass ${upstream};`),
    },
    "selinux-mode": said("getenforce"),
    "selinux-booleans": said("getsebool"),
    "selinux-denials": said("ausearch"),
    "error-log": log,
    "error-logs-again": log,
    "tcp-listeners": said("ss"),
    "unix-listeners": said("ss-x"),
    "socket-path": said("namei"),
    "nginx-domain": said("ps-eZ-nginx") ?? said("ps-eZ"),
    route: said("ip-route-get"),
    front: answered(said("curl")),
    "front-again": answered(said("curl")),
    direct,
    "direct-socket": answered(said("curl-direct-root")),
  });
  return verdict(await look(captured), permits).diagnosis;
}

const first = (d: Diagnosis): unknown => ({ verdict: d.verdict, cause: d.causes[0]?.id });

describe("SELinux, from a real host's transcripts", () => {
  test.each([
    ["clean-enf-port3000", "selinux-network-connect"],
    ["enf-port8008-http_port_t-boolean-off", "selinux-network-connect"],
    ["enf-unix-srv-var_t", "selinux-socket-context"],
    ["enf-unix-tmp-tmp_t", "selinux-socket-context"],
    ["enf-unix-run-initrc_runtime_t", "selinux-socket-context"],
    ["enf-unix-srv-dac0600", "socket-permission"],
    ["enf-boolean-on-route-prohibit", "route-policy-local"],
    ["enf-boolean-on-route-unreachable", "route-policy-local"],
  ])("%s: %s", async (state, cause) => {
    expect(first(await diagnose(state))).toEqual({ verdict: "cause-found", cause });
  });

  test.each(["enf-permissive-domain", "enf-nginx-started-by-hand"])(
    "%s serves: no cause, though SELinux enforces and the boolean is off",
    async (state) => {
      const d = await diagnose(state);
      expect(d.causes).toEqual([]);
    },
  );

  test("with the boolean on, what SELinux had hidden is said: the backend is down", async () => {
    const d = await diagnose("enf-boolean-on-backend-down");
    expect(d.causes.map((c) => c.id)).not.toContain("selinux-network-connect");
    expect(d.causes[0]?.target).toBe("127.0.0.1:3000");
  });

  test("its fix is dangerous, unless the policy names who may approve what changes SELinux", async () => {
    const permits: Permits = { dangerous: false, edits: true, selinux: false, managedFiles: false };
    const fixOf = async (p: Permits) =>
      (await diagnose("clean-enf-port3000", p)).fixes.find((f) => f.id === "selinux-boolean");
    expect(await fixOf(permits)).toMatchObject({ risk: "dangerous", offered: false });
    expect(await fixOf({ ...permits, dangerous: true })).toMatchObject({ risk: "dangerous", offered: true });
    expect(await fixOf({ ...permits, selinux: true })).toMatchObject({ risk: "disruptive", offered: true });
  });

  test("its fix changes the policy of the whole host: never one click", async () => {
    const d = await diagnose("clean-enf-port3000");
    expect(d.causes[0]?.fixes.map((id) => d.fixes.find((f) => f.id === id)?.risk)).not.toContain("safe");
  });
});
