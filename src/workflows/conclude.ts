import type { Bundle } from "../domain/bundle.ts";
import type { Diagnosis } from "../domain/diagnosis.ts";
import type { BoundFix } from "../domain/fix.ts";
import { celEvaluator } from "../diagnosis/cel-evaluator.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { bindEdit, type ConfigText } from "../diagnosis/edit.ts";
import type { Scope } from "../diagnosis/evaluator.ts";
import type { FixContext, Permits } from "../diagnosis/fixes.ts";
import type { FixRule } from "../domain/playbook.ts";
import { parseNginxDump } from "../parsers/nginx-config.ts";
import { evaluateValue } from "../playbook/cel.ts";
import { commandText, renderFixCommands } from "../playbook/render.ts";
import { forUsers } from "../wording/for-users.ts";
import { headline } from "../wording/headline.ts";
import type { Collected, LoadedPlaybook } from "./collect.ts";

/** Where no configuration says otherwise. */
const REPLAYED: Permits = { dangerous: false, edits: true, selinux: false, managedFiles: false };

/**
 * The diagnosis of a bundle and the fixes bound to it. Pure: replay gives the same bytes.
 * @param permits - what the configuration lets somebody approve on this host
 */
export function conclude(
  bundle: Bundle,
  loaded: LoadedPlaybook,
  collected: Collected | undefined,
  permits: Permits = REPLAYED,
): { readonly diagnosis: Diagnosis; readonly bound: readonly BoundFix[] } {
  const base = {
    schema: "502/diagnosis@1",
    runId: bundle.runId,
    host: bundle.host,
    playbook: bundle.playbook,
    startedAt: bundle.startedAt,
    durationMs: bundle.durationMs,
    ...(bundle.fromHere === undefined ? {} : { fromHere: bundle.fromHere }),
  } as const;
  if (!collected) {
    const { message, hint } = bundle.unreachable ?? { message: "the host was not reached", hint: "" };
    return {
      bound: [],
      diagnosis: {
        ...base,
        verdict: "unreachable",
        headline: `${bundle.host} could not be reached: ${message}`,
        causes: [],
        fixes: [],
        unrelated: [],
        timeline: [],
        ruledOut: [],
        blindSpots: [{ check: "connection", because: message, ...(hint === "" ? {} : { remedy: hint }) }],
        checks: [],
      },
    };
  }
  const evaluate = celEvaluator(loaded.environment);
  const { bound, ...verdict } = diagnose(
    collected.model,
    loaded.playbook,
    evaluate,
    bundle.commands,
    fixContext(bundle, loaded, permits),
  );
  const diagnosis: Diagnosis = {
    ...base,
    ...verdict,
    blindSpots: [...verdict.blindSpots, ...withheldSpots(collected)],
    headline: "",
    checks: bundle.commands.map((c) => ({
      id: c.id,
      command: commandText({ argv: c.argv, sudo: "never" }),
      exitCode: c.exitCode,
      durationMs: Math.round(c.durationMs),
      end: c.end,
      ...(c.host === undefined ? {} : { host: c.host }),
    })),
  };
  const told = forUsers(diagnosis);
  return {
    bound,
    diagnosis: {
      ...diagnosis,
      ...(told === undefined ? {} : { forUsers: told }),
      headline: headline(diagnosis, firstHeadline(diagnosis, loaded, collected), failingNow(collected)),
    },
  };

  function firstHeadline(d: Diagnosis, from: LoadedPlaybook, seen: Collected): string | undefined {
    const first = d.causes[0];
    const rule = from.playbook.causes.find((c) => c.id === first?.id);
    if (!first || !rule) return undefined;
    const target = seen.model.targets.find(
      (t) => t.target === first.target && first.vhosts.includes(t.vhost),
    );
    const vhost = seen.model.vhosts.find((v) => first.vhosts.includes(v.name));
    const scope: Scope =
      rule.scope === "peer" && target
        ? target.scope
        : { host: seen.model.host, nginx: seen.model.nginx, ...(vhost ? { vhost: vhost.facts } : {}) };
    return evaluate.text(rule.headline, scope);
  }
}

/** Checks that were cut short or refused are said, never skipped in silence. */
function withheldSpots(collected: Collected): Diagnosis["blindSpots"] {
  return collected.withheld
    .filter((w) => !w.because.endsWith("is not known"))
    .map((w) => ({ check: w.id, because: `${w.id} was not run: ${w.because}` }));
}

function failingNow(collected: Collected): { vhosts: string[]; status: number | undefined } {
  const bad = collected.model.vhosts.filter((v) => v.facts.failing === true);
  return { vhosts: bad.map((v) => v.name), status: bad[0]?.facts.status };
}

function fixContext(bundle: Bundle, loaded: LoadedPlaybook, permits: Permits): FixContext {
  const { environment } = loaded;
  const files = configTexts(bundle);
  return {
    runId: bundle.runId,
    host: bundle.host,
    hostKey: bundle.hostKey,
    render: (rule, scope) =>
      renderFixCommands(rule, { environment, context: environment.context(scope), refusal: loaded.refusal }),
    show: commandText,
    permits,
    machines: new Map(
      (bundle.machines ?? []).flatMap(({ name, hostKey }): [string, string][] =>
        name === undefined || hostKey === undefined ? [] : [[name, hostKey]],
      ),
    ),
    edit: (rule: FixRule, scope: Scope) => {
      if (rule.edit === undefined) return undefined;
      const value = evaluateValue(environment.mixed().compile(rule.edit), environment.context(scope));
      return value.known ? bindEdit(plain(value.value), files, permits.managedFiles) : undefined;
    },
  };
}

/** A CEL map's values as plain ones; whole numbers come as bigint. */
function plain(value: unknown): unknown {
  const entries: [string, unknown][] =
    value instanceof Map
      ? [...value].map(([k, v]): [string, unknown] => [String(k), v])
      : typeof value === "object" && value !== null
        ? Object.entries(value)
        : [];
  return Object.fromEntries(entries.map(([k, v]) => [k, typeof v === "bigint" ? Number(v) : v]));
}

/** The configuration files as dumped, with the hash of what is on disk; a file without a hash cannot be edited. */
function configTexts(bundle: Bundle): Map<string, ConfigText> {
  const dump = bundle.commands.find(
    (c) => c.host === undefined && c.id === "nginx-config" && (c.end === "exited" || c.end === "cut"),
  );
  const hashes = new Map(
    bundle.commands
      .filter((c) => c.id.startsWith("config-hashes") || c.id.startsWith("pool-hashes"))
      .flatMap((c) =>
        [...c.stdout.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map((m): [string, string] => [
          m[2] ?? "",
          m[1] ?? "",
        ]),
      ),
  );
  const texts = new Map<string, ConfigText>();
  const files = [...parseNginxDump(dump?.stdout ?? "").files, ...numbered(bundle, "php-pools")];
  for (const file of files) {
    const sha256 = hashes.get(file.path);
    if (sha256 !== undefined) texts.set(file.path, { lines: file.lines, sha256 });
  }
  return texts;
}

/** Files as `grep -rn ''` prints them; one with a gap was cut and is left out. */
function numbered(bundle: Bundle, check: string): { readonly path: string; readonly lines: string[] }[] {
  const files = new Map<string, string[]>();
  const printed = bundle.commands.find((c) => c.host === undefined && c.id === check && c.end === "exited");
  for (const line of printed?.stdout.split("\n") ?? []) {
    const [, path, number, text = ""] = /^([^:]+):(\d+):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const lines = files.get(path) ?? [];
    if (Number(number) === lines.length + 1) lines.push(text);
    files.set(path, lines);
  }
  return [...files].map(([path, lines]) => ({ path, lines }));
}
