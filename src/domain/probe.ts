import type { Sight } from "./watch.ts";

/** What the bot itself got when it asked for a site over the network. */
export type ProbeAnswer =
  | { readonly kind: "answered"; readonly status: number }
  /** The site let the request down: refused, cut, too slow, a certificate that does not hold. */
  | { readonly kind: "failed"; readonly because: string }
  /** It did not get as far as the site: no name, no way there. */
  | { readonly kind: "unseen"; readonly because: string };

/** A status of 500 and above is a failing site; any other answer, a login page too, is one that serves. */
export function sightOfAnswer(answer: ProbeAnswer): Sight {
  if (answer.kind === "answered") return answer.status >= 500 ? "failing" : "healthy";
  return answer.kind === "failed" ? "failing" : "unseen";
}
