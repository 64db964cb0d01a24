import type { Store } from "../workflows/ports.ts";
import type { Call } from "./call.ts";
import { type Answer, document, lines } from "./output.ts";

/** `502 approvals`: the approvals that wait or are being carried out. */
export async function approvalsCommand(store: Pick<Store, "approvals">, call: Call): Promise<Answer> {
  const list = await store.approvals({ state: ["requested", "approved", "applying"], limit: 50 });
  if (call.json) return document(list);
  const rows = list.map((a) => `${a.id}  ${a.host}  ${a.fixId}  ${a.state}  asked by ${a.requestedBy}`);
  return lines(rows, "no approval waits");
}
