import type { z } from "zod";
import { type Addresses } from "./addresses.ts";
import type { FrontResult } from "./fronts.ts";
import { type LinkContext } from "./links.ts";
import { type LogView } from "./log-view.ts";
import type { HostFacts, NginxFacts } from "./host-schema.ts";
import type { VhostFacts } from "./route-schema.ts";
import { type Boot, type PersonalCommand } from "./unit-facts.ts";

/** Everything the targets share. */
export interface TargetContext extends LinkContext {
  readonly host: z.infer<typeof HostFacts>;
  readonly nginx: z.infer<typeof NginxFacts>;
  readonly vhosts: ReadonlyMap<string, z.infer<typeof VhostFacts>>;
  readonly known: Addresses;
  readonly log: LogView;
  readonly fronts: readonly FrontResult[];
  readonly nowMs: number;
  readonly boot: Boot;
  readonly people: readonly PersonalCommand[];
  /** When the run began, by the host's clock, epoch seconds. */
  readonly startedS: number;
  /** Vhosts whose recent failures name peers that the files on disk do not. */
  readonly haunted: ReadonlySet<string>;
}
