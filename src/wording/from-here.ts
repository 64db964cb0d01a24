import { type FromHere, type PublicAnswer, reachOf } from "../domain/from-here.ts";

/** "From here https://shop.example.test/ answers 502 at 203.0.113.7 and 200 at 203.0.113.8: it works from some addresses only." */
export function sayFromHere(seen: FromHere): string {
  const { url, answers } = seen;
  const groups = Map.groupBy(answers, sayAnswer);
  const all = [...groups].map(([what, at]) => `${what} at ${at.map((a) => a.address).join(", ")}`);
  const told = `From here ${url} ${all.join("; ")}`;
  switch (reachOf(seen)) {
    case "unresolved":
      return `From here the name of ${url} resolves to no address: look at its DNS.`;
    case "everywhere":
      return `${told}: it is down for everyone who asks from here.`;
    case "somewhere":
      return `${told}: it works from some addresses only.`;
    case "nowhere":
      break;
  }
  return `${told}: it is not down for everyone.`;
}

function sayAnswer({ status, error }: PublicAnswer): string {
  return status === 0 ? `does not answer (${error ?? "no answer"})` : `answers ${status}`;
}
