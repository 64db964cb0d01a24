import type { Store } from "../workflows/ports.ts";
import type { Call } from "./call.ts";
import { type Answer, document, lines } from "./output.ts";

const NEWEST = 30;

/** `502 runs [HOST]`: the newest runs with their verdicts. */
export async function runsCommand(store: Pick<Store, "runs">, call: Call): Promise<Answer> {
  const { host } = call.args;
  const list = await store.runs({ limit: NEWEST, ...(host === undefined ? {} : { host }) });
  if (call.json) return document(list);
  const rows = list.map((run) => {
    const at = new Date(run.createdAt).toISOString();
    const cause = run.diagnosis?.causes[0]?.id ?? "";
    return `${run.id}  ${at}  ${run.request.host}  ${run.diagnosis?.verdict ?? run.state}  ${cause}`.trimEnd();
  });
  return lines(rows, "no runs yet");
}
