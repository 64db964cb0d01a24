import type { DnfHistory } from "../parsers/dnf-history.ts";
import type { DpkgLog } from "../parsers/dpkg-log.ts";
import type { FactSet } from "./facts.ts";

const MOST_TRANSACTIONS = 5;
const MOST_NAMED = 4;
const DONE: Readonly<Record<string, string>> = {
  install: "installed",
  upgrade: "upgraded",
  remove: "removed",
  purge: "purged",
};

interface Change {
  readonly at: number;
  readonly what: string;
  readonly source: string;
}

/** The last changes of packages, those of one minute told together. @param zoneMinutes of the host, east of UTC; without it a local time could be any */
export function packageChanges(facts: FactSet, zoneMinutes: number | undefined): Change[] {
  if (zoneMinutes === undefined) return [];
  const moment = (localTime: string): number => Date.parse(`${localTime}Z`) - zoneMinutes * 60_000;
  const dpkg = facts.all<DpkgLog>("packages-dpkg").flatMap((f) => f.value.changes);
  const together = Map.groupBy(dpkg, (c) => `${c.localTime.slice(0, 16)} ${c.action}`);
  const groups = [...together.values()].map((changes): Change => {
    const [first] = changes;
    const named = changes.slice(0, MOST_NAMED).map((c) => {
      const from = c.action === "upgrade" ? `${c.oldVersion ?? "?"} → ` : "";
      const version = c.newVersion ?? c.oldVersion;
      return `${c.package}${version === undefined ? "" : ` ${from}${version}`}`;
    });
    const more = changes.length - named.length;
    return {
      at: moment(first?.localTime ?? ""),
      what: `${DONE[first?.action ?? ""] ?? "changed"}: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
      source: "packages-dpkg",
    };
  });
  const dnf = facts
    .all<DnfHistory>("packages-dnf")
    .flatMap((f) => f.value.transactions)
    .map((t): Change => {
      const packages = t.altered === 1 ? "package" : "packages";
      return {
        at: moment(t.localTime),
        what: `dnf ${t.command}: ${t.altered} ${packages} altered (${t.actions})`,
        source: "packages-dnf",
      };
    });
  return [...groups, ...dnf]
    .filter((c) => !Number.isNaN(c.at))
    .toSorted((a, b) => a.at - b.at)
    .slice(-MOST_TRANSACTIONS);
}
