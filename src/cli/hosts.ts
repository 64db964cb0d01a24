import type { Call } from "./call.ts";
import { type Answer, document, lines } from "./output.ts";

/** `502 hosts`: every name that can be asked for. */
export function hostsCommand(names: readonly string[], call: Call): Answer {
  return call.json ? document(names) : lines(names, "no hosts: write some into hosts: of 502.yml");
}
