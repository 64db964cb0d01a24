import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Bundle } from "../domain/bundle.ts";
import { exitCodeOf } from "../domain/diagnosis.ts";
import type { LoadedPlaybook } from "../workflows/collect.ts";
import { replayRun } from "../workflows/execute-run.ts";
import { diagnosisText } from "../wording/diagnosis-text.ts";
import { type Answer, failure, USAGE } from "./output.ts";

/** `502 replay BUNDLE`: the diagnosis of a recorded bundle. */
export async function replayCommand(playbooks: ReadonlyMap<string, LoadedPlaybook>, path: string, opts: { readonly json: boolean; readonly verbose: boolean }): Promise<Answer> {
  const bundle = readBundle(path);
  if ("message" in bundle) return failure(opts.json, "bad-bundle", bundle.message, "write one with: 502 HOST --save FILE", USAGE);
  const loaded = playbooks.get(bundle.playbook);
  if (!loaded) return failure(opts.json, "unknown-playbook", `the bundle is of the playbook ${bundle.playbook}, which is not here`, "see: 502 playbooks", USAGE);
  const { diagnosis } = await replayRun(bundle, loaded);
  return { exitCode: exitCodeOf(diagnosis), out: opts.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis, opts) };
}

/** Reads a gzipped or plain bundle; a sentence instead of an exception. */
export function readBundle(path: string): Bundle | { readonly message: string } {
  let raw: Buffer;
  try {
    raw = readFileSync(path);
  } catch (error) {
    return { message: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  try {
    const text = raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw, { maxOutputLength: 256 * 1024 * 1024 }).toString("utf8") : raw.toString("utf8");
    const parsed = Bundle.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return { message: `${path} is no bundle: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}` };
  } catch (error) {
    return { message: `${path} is no bundle: ${error instanceof Error ? error.message : String(error)}` };
  }
}
