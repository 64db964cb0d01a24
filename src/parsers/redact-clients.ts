const IPV4 = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`;
const IPV6 = String.raw`[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:${IPV4})?`;
const ADDRESS = String.raw`(?:${IPV4}|${IPV6})`;
const IN_TEXT = new RegExp(String.raw`(?<![\w.:])${ADDRESS}(?![\w.])`, "g");

const FIELDS: readonly RegExp[] = [
  // nginx's error log, gunicorn, PHP and proxies: a field that names the client.
  new RegExp(
    String.raw`(?<=(?<![\w-])(?:client|ip|remote_addr|remote_ip|client_ip|clientip|real_ip)(?:: |[=:])"?)${ADDRESS}(?![\w.])`,
    "gi",
  ),
  // The first fields of an access log line, whatever stands before them.
  new RegExp(
    String.raw`(?<![\w.:[])${ADDRESS}(?= [^\s\[]{1,64} [^\n\[]{1,64}?\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:)`,
    "g",
  ),
  // uvicorn: `1.2.3.4:5555 - "GET /`, uwsgi: `] 1.2.3.4 (user) {32 vars`, `[core 0] 1.2.3.4 - GET`.
  new RegExp(String.raw`(?<![\w.:[])${ADDRESS}(?=(?::\d{1,5})? - "[A-Z]{3,10} )`, "g"),
  new RegExp(String.raw`(?<=\] )${ADDRESS}(?= (?:\([^)\n]{0,64}\) \{\d+ vars|- [A-Z]{3,10} ))`, "g"),
];
const FORWARDED =
  /(?:\bx[-_](?:forwarded[-_]for|real[-_]ip|client[-_]ip)|\b(?:cf|true|fastly)[-_](?:connecting|client)[-_](?:client[-_])?ip)\\{0,3}["']?\s{0,3}[:=]\s{0,3}[^\n]{0,400}/gi;
const JSON_FIELD =
  /\\{0,3}"(?:http_)?(?:remote_addr|remote_ip|client|client_?ip|client_?addr|x_forwarded_for|x_real_ip|forwarded_for|realip_remote_addr)\\{0,3}"\s{0,3}:\s{0,3}\\{0,3}"[^"\n]{0,400}/gi;
const ACCESS_LINE = /\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]/;
const QUOTED_LIST = new RegExp(String.raw`"${ADDRESS}(?:, ?${ADDRESS})*"`, "g");

/**
 * Masks addresses in the fields of a log line that name a client (never listen, upstream or peer addresses):
 * the last octet, or the last 80 bits of IPv6, becomes 0. Loopback addresses stay.
 */
export function redactClients(line: string): string {
  if (!/\d\.\d|:[0-9A-Fa-f]{0,4}:/.test(line)) return line;
  let out = line;
  for (const field of FIELDS) out = out.replaceAll(field, maskAddress);
  const all = (part: string): string => part.replaceAll(IN_TEXT, maskAddress);
  out = out.replaceAll(JSON_FIELD, all);
  // In a configuration the header's name stands before variables, not before addresses.
  out = out.replaceAll(FORWARDED, (part) => headAddresses(part, all));
  return ACCESS_LINE.test(out) ? out.replaceAll(QUOTED_LIST, all) : out;
}

/** Masks the list of addresses a header's value begins with, and nothing behind it. */
function headAddresses(part: string, all: (text: string) => string): string {
  const value = part.search(/[:=]/) + 1;
  const length = /^[\s"'\\0-9A-Fa-f.:,[\]]*/.exec(part.slice(value))?.[0].length ?? 0;
  return part.slice(0, value) + all(part.slice(value, value + length)) + part.slice(value + length);
}

function maskAddress(address: string): string {
  if (!address.includes(":"))
    return address.startsWith("127.") ? address : address.replace(/\.\d{1,3}$/, ".0");
  if (address === "::1" || address === "::" || /^::ffff:127\./i.test(address)) return address;
  if (/^::ffff:/i.test(address) && address.includes(".")) return address.replace(/\.\d{1,3}$/, ".0");
  const head = address.split("::")[0] ?? "";
  const groups = head.split(":").filter((group) => group !== "");
  return `${groups.slice(0, 3).join(":")}::`;
}
