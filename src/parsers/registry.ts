import type { z } from "zod";
import { accessTestSchema, parseAccessTest } from "./access-test.ts";
import { appLogSchema, parseAppLog } from "./app-log.ts";
import { auditAvcSchema, parseAuditAvc } from "./audit-avc.ts";
import { curlSchema, parseCurl } from "./curl.ts";
import { getenforceSchema, parseGetenforce } from "./getenforce.ts";
import { getseboolSchema, parseGetsebool } from "./getsebool.ts";
import { journalSchema, parseJournal } from "./journal.ts";
import { memoryEventsSchema, parseMemoryEvents } from "./memory-events.ts";
import { metaSchema, parseMeta } from "./meta.ts";
import { nameiSchema, parseNamei } from "./namei.ts";
import type { Output } from "./output.ts";
import { parsePm2Dump, pm2DumpSchema } from "./pm2-dump.ts";
import { parsePm2Jlist, pm2JlistSchema } from "./pm2-jlist.ts";
import { parseProc, procSchema } from "./proc.ts";
import { parsePsSelinux, psSelinuxSchema } from "./ps-selinux.ts";
import { parsePs, psSchema } from "./ps.ts";
import { parseSemanagePort, semanagePortSchema } from "./semanage-port.ts";
import { parseSestatus, sestatusSchema } from "./sestatus.ts";
import { parseSsTan, ssTanSchema } from "./ss-tan.ts";
import { parseSsTcp, ssTcpSchema } from "./ss-tcp.ts";
import { parseSsUnix, ssUnixSchema } from "./ss-unix.ts";
import { parseStat, statSchema } from "./stat.ts";
import { isSystemRunningSchema, parseIsSystemRunning } from "./systemctl-is-system-running.ts";
import { listUnitFilesSchema, parseListUnitFiles } from "./systemctl-list-unit-files.ts";
import { listUnitsSchema, parseListUnits } from "./systemctl-list-units.ts";
import { parseSystemctlShow, systemctlShowSchema } from "./systemctl-show.ts";

/** A parser and the shape of its facts. `parse` gives undefined for "could not look"; it never throws. */
export interface Parser {
  readonly schema: z.ZodType;
  readonly parse: (output: Output) => unknown;
}

/** Every parser that a playbook's check may name. */
export const PARSERS = {
  "access-test": { schema: accessTestSchema, parse: parseAccessTest },
  "app-log": { schema: appLogSchema, parse: parseAppLog },
  "audit-avc": { schema: auditAvcSchema, parse: parseAuditAvc },
  curl: { schema: curlSchema, parse: parseCurl },
  getenforce: { schema: getenforceSchema, parse: parseGetenforce },
  getsebool: { schema: getseboolSchema, parse: parseGetsebool },
  journal: { schema: journalSchema, parse: parseJournal },
  "memory-events": { schema: memoryEventsSchema, parse: parseMemoryEvents },
  meta: { schema: metaSchema, parse: parseMeta },
  namei: { schema: nameiSchema, parse: parseNamei },
  "pm2-dump": { schema: pm2DumpSchema, parse: parsePm2Dump },
  "pm2-jlist": { schema: pm2JlistSchema, parse: parsePm2Jlist },
  proc: { schema: procSchema, parse: parseProc },
  ps: { schema: psSchema, parse: parsePs },
  "ps-selinux": { schema: psSelinuxSchema, parse: parsePsSelinux },
  "semanage-port": { schema: semanagePortSchema, parse: parseSemanagePort },
  sestatus: { schema: sestatusSchema, parse: parseSestatus },
  "ss-tan": { schema: ssTanSchema, parse: parseSsTan },
  "ss-tcp": { schema: ssTcpSchema, parse: parseSsTcp },
  "ss-unix": { schema: ssUnixSchema, parse: parseSsUnix },
  stat: { schema: statSchema, parse: parseStat },
  "systemctl-is-system-running": { schema: isSystemRunningSchema, parse: parseIsSystemRunning },
  "systemctl-list-unit-files": { schema: listUnitFilesSchema, parse: parseListUnitFiles },
  "systemctl-list-units": { schema: listUnitsSchema, parse: parseListUnits },
  "systemctl-show": { schema: systemctlShowSchema, parse: parseSystemctlShow },
} as const satisfies Readonly<Record<string, Parser>>;

export type ParserName = keyof typeof PARSERS;
