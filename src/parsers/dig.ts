import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const digSchema = z.object({
  /** NOERROR, NXDOMAIN, SERVFAIL, REFUSED; "timeout": no server answered; "refused": nobody listens there. */
  status: z.string(),
  records: z.array(z.object({ name: z.string(), ttl: z.number(), type: z.string(), value: z.string() })),
  server: z.string().optional(),
  queryMs: z.number().optional(),
});
export type Dig = z.infer<typeof digSchema>;

const RECORD = /^([\w.*-]{1,255})\.?\s+(\d{1,10})\s+IN\s+([A-Z]{1,10})\s+(.{1,500})$/;

/** One question to one name server: `dig +time=1 +tries=1 @SERVER NAME A`. */
export function parseDig(output: Output): Dig | undefined {
  if (!ran(output)) return undefined;
  const text = output.stdout;
  const header = /->>HEADER<<-.{0,100}? status: ([A-Z]{2,20})/.exec(text.slice(0, 5000));
  if (header === null) {
    const complaint = text.slice(0, 5000);
    if (/connection refused/i.test(complaint)) return { status: "refused", records: [] };
    return /no servers could be reached|timed out/i.test(complaint)
      ? { status: "timeout", records: [] }
      : undefined;
  }
  const lines = linesOf(text);
  const answer = lines.findIndex((line) => line.startsWith(";; ANSWER SECTION"));
  const records: Dig["records"] = [];
  for (const line of answer < 0 ? [] : lines.slice(answer + 1)) {
    const match = RECORD.exec(line);
    if (match === null) break;
    records.push({
      name: (match[1] ?? "").replace(/\.$/, ""),
      ttl: Number(match[2]),
      type: match[3] ?? "",
      value: match[4] ?? "",
    });
  }
  const time = /^;; Query time: (\d{1,9}) msec/m.exec(text)?.[1];
  return {
    status: header[1] ?? "",
    records,
    server: /^;; SERVER: ([^#\s]{1,64})#/m.exec(text)?.[1],
    queryMs: time === undefined ? undefined : Number(time),
  };
}
