import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { z } from "zod";
import { Bundle } from "../../domain/bundle.ts";

/** What is said of a recorded host beside its bundles. */
const Card = z.strictObject({
  /** What was broken on the real host, in a sentence. */
  title: z.string(),
  groups: z.array(z.string()).default([]),
  health: z.string().optional(),
  /** The commands that lead from "before" to "after", exactly as they ran. */
  fix: z.array(z.array(z.string())).default([]),
});

/** A host as it was recorded: before its fix and, where there is one, after it. */
export interface Recording extends z.infer<typeof Card> {
  readonly name: string;
  readonly before: Bundle;
  readonly after?: Bundle;
}

/** Reads host.yaml, before.json.gz and after.json.gz of one folder. @throws Error naming the file that is wrong */
export function readRecording(folder: string, name: string): Recording {
  const path = (file: string): string => join(folder, name, file);
  const card = Card.safeParse(parse(readFileSync(path("host.yaml"), "utf8")));
  if (!card.success) throw new Error(`${path("host.yaml")}: ${z.prettifyError(card.error)}`);
  const before = readBundle(path("before.json.gz"));
  if (card.data.fix.length === 0) return { name, ...card.data, before };
  return { name, ...card.data, before, after: readBundle(path("after.json.gz")) };
}

/** All recorded hosts of a folder, by name. */
export function readRecordings(folder: string): Recording[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory());
  return folders.map((e) => readRecording(folder, e.name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readBundle(path: string): Bundle {
  const bundle = Bundle.safeParse(JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")));
  if (!bundle.success) throw new Error(`${path}: ${z.prettifyError(bundle.error)}`);
  return bundle.data;
}
