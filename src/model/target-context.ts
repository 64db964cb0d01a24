import type { z } from "zod";
import type { FrontResult } from "./fronts.ts";
import { type LinkContext } from "./links.ts";
import { type LogView } from "./log-view.ts";
import type { NginxFacts } from "./host-schema.ts";
import type { MachineSide } from "./machines.ts";
import type { VhostFacts } from "./route-schema.ts";
import type { Side } from "./side.ts";

/** Everything the targets share. */
export interface TargetContext extends LinkContext, Side {
  /** The other machines that peers are on. */
  readonly machines: readonly MachineSide[];
  readonly nginx: z.infer<typeof NginxFacts>;
  readonly vhosts: ReadonlyMap<string, z.infer<typeof VhostFacts>>;
  /** The schemes by which each site asks each peer (`schemesOf`). */
  readonly schemes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly log: LogView;
  readonly fronts: readonly FrontResult[];
  /** When the run began, by the host's clock, epoch seconds. */
  readonly startedS: number;
  /** Vhosts whose recent failures name peers that the files on disk do not. */
  readonly haunted: ReadonlySet<string>;
}
