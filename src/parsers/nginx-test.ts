/** One message of `nginx -t` or `nginx -T` on standard error. */
interface NginxTestMessage {
  readonly level: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

export interface NginxTest {
  /** undefined: the output does not tell (cut, empty, another program's). */
  readonly ok?: boolean;
  /** `syntax is ok` was printed: the files are well-formed, whatever failed afterwards. */
  readonly syntaxOk: boolean;
  /** The message that made it fail. */
  readonly emerg?: NginxTestMessage;
  /**
   * Not root: nginx may not open its pid file, log or a key. That is no fault of the configuration, so `ok`
   * is left undefined.
   */
  readonly denied?: NginxTestMessage;
  readonly warnings: readonly NginxTestMessage[];
}

const MESSAGE =
  /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d |[\w-]{1,20}: )\[(warn|error|crit|alert|emerg|notice)\] (?:\d+#\d+: )?(.*)$/;
const PLACE = / in (\/[^"]{1,1024}|\S+\.conf\S*):(\d{1,7})$/;
const DENIED =
  /\.pid" failed \(13: |^(?:open|mkdir|chown)\(\) "[^"]*" failed \((?:13|1|30): |^cannot load certificate(?: key)? "[^"]*": BIO_new_file\(\) failed.*Permission denied/;

/** Reads standard error of `nginx -t` or `nginx -T` (ngx_init_cycle in ngx_cycle.c, main in nginx.c). */
export function parseNginxTest(stderr: string): NginxTest {
  const messages: NginxTestMessage[] = [];
  let passed = false;
  let failed = false;
  let syntaxOk = false;
  for (const each of stderr.split("\n")) {
    const line = each.trimEnd().slice(0, 4096);
    if (/^\S+: configuration file .* test is successful$/.test(line)) passed = true;
    if (/^\S+: configuration file .* test failed$/.test(line)) failed = true;
    if (/^\S+: the configuration file .* syntax is ok$/.test(line)) syntaxOk = true;
    const match = MESSAGE.exec(line);
    if (match !== null) messages.push(withPlace(match[1] ?? "", match[2] ?? ""));
  }
  const warnings = messages.filter(({ level }) => level === "warn");
  // The alert about the error log that only root may open comes first, and alone does no harm.
  const emergs = messages.filter(({ level }) => level === "emerg");
  const denied = emergs.find(({ message }) => DENIED.test(message));
  const emerg = emergs.find(({ message }) => !DENIED.test(message));
  if (emerg !== undefined) return { ok: false, syntaxOk, emerg, warnings };
  if (denied !== undefined) return { syntaxOk, denied, warnings };
  if (failed) return { ok: false, syntaxOk, warnings };
  return passed ? { ok: true, syntaxOk, warnings } : { syntaxOk, warnings };
}

function withPlace(level: string, text: string): NginxTestMessage {
  const place = PLACE.exec(text);
  if (place === null) return { level, message: text };
  return { level, message: text.slice(0, place.index), file: place[1] ?? "", line: Number(place[2]) };
}
