import { auditLine } from "../workflows/audit-line.ts";
import type { KeptEntry } from "../workflows/keeping-store.ts";
import type { Store } from "../workflows/ports.ts";
import type { Call } from "./call.ts";
import { type Answer, document, failure, USAGE } from "./output.ts";

const SHOWN = 200;

/** `502 audit verify|show|export [HOST]`: proves the chain, shows its newest entries, or gives all as JSON lines, oldest first. */
export async function auditCommand(
  store: Pick<Store, "auditTrail" | "auditVerify">,
  call: Call,
): Promise<Answer> {
  const { what = "", host } = call.args;
  const filter = host === undefined ? {} : { host };
  if (what === "verify") return verify(store, call);
  if (what === "show") return jsonLines(await store.auditTrail({ limit: SHOWN, ...filter }));
  if (what === "export") {
    const all = await store.auditTrail({ limit: Number.MAX_SAFE_INTEGER, ...filter });
    return jsonLines(all.toReversed());
  }
  return failure(
    call.json,
    "usage",
    `audit takes verify, show or export, not "${what}"`,
    "usage: 502 audit verify|show|export [HOST]",
    USAGE,
  );
}

async function verify(store: Pick<Store, "auditVerify">, call: Call): Promise<Answer> {
  const text = call.text("posted");
  const posted = text === undefined ? undefined : readPosted(text);
  if (text !== undefined && posted === undefined)
    return failure(
      call.json,
      "usage",
      `--posted takes an entry and its hash, as the audit channel says them, not "${text}"`,
      "write it as 4711:0123… with the 64 digits of the hash",
      USAGE,
    );
  const result = await store.auditVerify(posted);
  const broken = result.brokenAt !== undefined;
  const exitCode = broken ? 2 : 0;
  if (call.json) return document(result, exitCode);
  const unanchored = result.unanchored === undefined ? "" : ` (${result.unanchored})`;
  const sentence = broken
    ? `the chain is broken at entry ${result.brokenAt}: ${result.because ?? "its hash does not fit"}`
    : `${result.entries} entries, the chain holds${sincePurge(result.purged)}${unanchored}`;
  return { exitCode, out: `${sentence}\n` };
}

function readPosted(text: string): { readonly seq: number; readonly hash: string } | undefined {
  const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}

/** From when on the chain is there, where audit.keepDays has removed its beginning. */
function sincePurge(purged: { readonly upTo: number; readonly at: number } | undefined): string {
  if (purged === undefined) return "";
  const day = new Date(purged.at).toISOString().slice(0, 10);
  return ` from entry ${purged.upTo + 1} on; those before it, until ${day}, were purged after audit.keepDays`;
}

function jsonLines(entries: readonly KeptEntry[]): Answer {
  return { exitCode: 0, out: entries.map((entry) => `${auditLine(entry)}\n`).join("") };
}
