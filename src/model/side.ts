import type { z } from "zod";
import type { Journal } from "../parsers/journal.ts";
import { addresses, type Addresses } from "./addresses.ts";
import type { FactSet } from "./facts.ts";
import { type HostClock, hostClock, hostFacts } from "./host-facts.ts";
import type { HostFacts } from "./host-schema.ts";
import { type Journals, journals } from "./journal-view.ts";
import { type Listeners, listeners } from "./listeners.ts";
import { type ProcessTable, processTable } from "./process-table.ts";
import { type Services, services } from "./services.ts";
import { type Boot, type PersonalCommand, personalCommands } from "./unit-facts.ts";

/** What one machine's own checks say of it, whether nginx runs there or only a peer. */
export interface Side {
  readonly facts: FactSet;
  readonly services: Services;
  readonly listeners: Listeners;
  readonly processes: ProcessTable;
  readonly journals: Journals;
  readonly host: z.infer<typeof HostFacts>;
  readonly known: Addresses;
  readonly nowMs: number;
  /** Of the machine's clock, east of UTC; undefined: not seen. */
  readonly zoneMinutes: number | undefined;
  readonly boot: Boot;
  readonly people: readonly PersonalCommand[];
}

/** @param startedAt the bot's clock, where the machine's own was not seen */
export function sideOf(
  name: string,
  facts: FactSet,
  startedAt: number,
): Side & { readonly clock: HostClock } {
  const processes = processTable(facts);
  const clock = hostClock(facts, processes, startedAt);
  const all = services(facts, processes);
  return {
    facts,
    services: all,
    listeners: listeners(facts, processes),
    processes,
    journals: journals(facts, clock.nowMs, clock.zoneMinutes),
    host: hostFacts(name, facts, clock, all, processes),
    known: addresses(facts),
    nowMs: clock.nowMs,
    zoneMinutes: clock.zoneMinutes,
    boot: {
      id:
        facts
          .results("boot")
          .find((r) => r.end === "exited")
          ?.stdout.trim()
          .replaceAll("-", "") || undefined,
      atMs: clock.bootMs,
    },
    people: personalCommands(facts.all<Journal>("sudo-journal").flatMap((f) => f.value.entries)),
    clock,
  };
}
