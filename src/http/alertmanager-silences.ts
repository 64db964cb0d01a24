import { RE2JS } from "re2js";
import { z } from "zod";
import type { Silence } from "../domain/silence.ts";

const Listed = z.array(
  z.object({
    id: z.string(),
    comment: z.string().default(""),
    createdBy: z.string().default(""),
    startsAt: z.string(),
    endsAt: z.string(),
    status: z.object({ state: z.string() }),
    matchers: z.array(
      z.object({
        name: z.string(),
        value: z.string(),
        isRegex: z.boolean(),
        isEqual: z.boolean().default(true),
      }),
    ),
  }),
);

const HOST_LABELS = new Set(["host", "hostname", "node", "nodename", "server", "instance", "target", "fqdn"]);
const TIMEOUT_MS = 3000;
/** Asked at most so often; a storm of alerts is no storm of questions. */
const FRESH_MS = 15_000;

/**
 * Reads Alertmanager's silences (GET /api/v2/silences) as silences of hosts. One that also matches other labels mutes
 * some alerts of a host, not the host, so it counts there and not here.
 * @param called what a host may be called in a label: its name, its address
 */
export function alertmanagerSilences(
  url: string,
  hosts: () => readonly { readonly name: string; readonly called: readonly string[] }[],
  now: () => number,
): () => Promise<readonly Silence[]> {
  let kept: { at: number; silences: readonly Silence[] } | undefined;
  return async () => {
    if (kept !== undefined && now() - kept.at < FRESH_MS) return kept.silences;
    const answer = await fetch(new URL("api/v2/silences", url.endsWith("/") ? url : `${url}/`), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status} when asked for its silences.`);
    const silences = readSilences(await answer.json(), hosts());
    kept = { at: now(), silences };
    return silences;
  };
}

/** @throws ZodError when it is no answer of Alertmanager's */
export function readSilences(
  body: unknown,
  hosts: readonly { readonly name: string; readonly called: readonly string[] }[],
): Silence[] {
  return Listed.parse(body)
    .filter(
      (s) =>
        s.status.state === "active" &&
        s.matchers.length > 0 &&
        s.matchers.every((m) => HOST_LABELS.has(m.name)),
    )
    .flatMap((s) =>
      hosts
        .filter((h) => s.matchers.every((m) => h.called.some((name) => matches(m, name))))
        .map((h) => ({
          id: s.id,
          target: h.name,
          until: Date.parse(s.endsAt),
          reason: s.comment,
          by: `alertmanager:${s.createdBy}`,
          createdAt: Date.parse(s.startsAt),
        })),
    );
}

/** An instance label has a port; a silence may name it with or without one. */
function matches(m: { value: string; isRegex: boolean; isEqual: boolean }, name: string): boolean {
  return is(m.value, m.isRegex, name) === m.isEqual;
}

function is(value: string, isRegex: boolean, name: string): boolean {
  if (!isRegex) return value.replace(/:\d+$/, "") === name;
  try {
    const pattern = RE2JS.compile(`^(?:${value})$`);
    return pattern.matcher(name).matches() || pattern.matcher(`${name}:9100`).matches();
  } catch {
    return false;
  }
}
