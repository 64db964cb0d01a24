import type { BoundFix, PeerProbe } from "../domain/fix.ts";
import type { HostLine } from "./host-line.ts";
import { peerAnswers, peerCommand } from "./host-probes.ts";

/**
 * Asks at the click whether another peer of the group would answer while this one is interrupted: what was so at the
 * diagnosis may not be so any more. A peer that cannot be asked does not count as answering.
 * @returns why the fix may not run, or undefined: it interrupts nothing, answers nothing itself, or is not the last
 */
export async function lastPeerNow(line: HostLine, bound: BoundFix): Promise<string | undefined> {
  const { peers, verify } = bound;
  if (peers === undefined || peers.others.length === 0) return undefined;
  const probes: readonly PeerProbe[] = [peers.own, ...peers.others];
  const results = await line.wave(probes.map((p, i) => peerCommand(p, verify, `peer-${i}`)));
  const [own, ...others] = probes.map((p, i) => ({ ...p, answers: peerAnswers(p, results[i]) }));
  if (own?.answers === false || others.some((o) => o.answers === true)) return undefined;
  const said = others.map(
    (o) => `${o.target} ${o.answers === false ? "does not answer" : "could not be asked"}`,
  );
  return `Nothing was run: ${peers.own.target} is the last peer of ${peers.group} that answers (${said.join(", ")}). Bring another one back first, then press the button again.`;
}
