import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Bundle } from "../domain/bundle.ts";
import { exitCodeOf } from "../domain/diagnosis.ts";
import type { LoadedPlaybook } from "../workflows/collect.ts";
import { replayRun } from "../workflows/execute-run.ts";
import { diagnosisText } from "../wording/diagnosis-text.ts";
import type { Call } from "./call.ts";
import { type Answer, document, failure, USAGE } from "./output.ts";

/** `502 replay BUNDLE`: the diagnosis of a recorded bundle. */
export async function replayCommand(
  playbooks: ReadonlyMap<string, LoadedPlaybook>,
  call: Call,
): Promise<Answer> {
  const bundle = readBundle(call.args["bundle"] ?? "");
  if ("message" in bundle)
    return failure(call.json, "bad-bundle", bundle.message, "write one with: 502 HOST --save FILE", USAGE);
  const loaded = playbooks.get(bundle.playbook);
  if (!loaded) {
    const message = `the bundle is of the playbook ${bundle.playbook}, which is not here`;
    return failure(call.json, "unknown-playbook", message, "see: 502 playbooks", USAGE);
  }
  const { diagnosis } = await replayRun(bundle, loaded);
  const exitCode = exitCodeOf(diagnosis);
  if (call.json) return document(diagnosis, exitCode);
  return { exitCode, out: diagnosisText(diagnosis, { verbose: call.flag("verbose") }) };
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
    const text =
      raw[0] === 0x1f && raw[1] === 0x8b
        ? gunzipSync(raw, { maxOutputLength: 256 * 1024 * 1024 }).toString("utf8")
        : raw.toString("utf8");
    const parsed = Bundle.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return { message: `${path} is no bundle: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}` };
  } catch (error) {
    return { message: `${path} is no bundle: ${error instanceof Error ? error.message : String(error)}` };
  }
}
