import { z } from "zod";
import { ran, type Output } from "./output.ts";

export const stubStatusSchema = z.object({
  /** Connections that are open now, those that wait for a request among them. */
  active: z.number(),
  /** Since nginx was started. Fewer handled than accepted: the rest were dropped at a limit. */
  accepts: z.number(),
  handled: z.number(),
  requests: z.number(),
  reading: z.number(),
  /** Requests that are being answered, those that wait for a backend among them. */
  writing: z.number(),
  waiting: z.number(),
});
export type StubStatus = z.infer<typeof stubStatusSchema>;

const PAGE =
  /^Active connections: (\d{1,15}) \s*server accepts handled requests\s+(\d{1,18}) (\d{1,18}) (\d{1,18}) \s*Reading: (\d{1,15}) Writing: (\d{1,15}) Waiting: (\d{1,15})/;

/** The page of ngx_http_stub_status_module; undefined for any other page (an error, a login). */
export function parseStubStatus(output: Output): StubStatus | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const match = PAGE.exec(output.stdout);
  if (match === null) return undefined;
  const [active = 0, accepts = 0, handled = 0, requests = 0, reading = 0, writing = 0, waiting = 0] = match
    .slice(1)
    .map(Number);
  return { active, accepts, handled, requests, reading, writing, waiting };
}
