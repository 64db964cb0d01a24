/** The fields nginx writes behind a message, in their fixed order (ngx_http_log_error_handler, ngx_stream_log_error). */
export interface NginxLogContext {
  client?: string;
  /** "" for a server without a name. */
  server?: string;
  request?: NginxLogRequest;
  /** Path of the subrequest (auth_request, SSI), without its query. */
  subrequest?: string;
  upstream?: NginxLogUpstream;
  /** The request's Host header. */
  host?: string;
  /** The stream module wrote this line. */
  stream?: true;
  /** A client could have forged parts: a field name occurs inside another field. Then `upstream` is left out. */
  contested?: true;
}

interface NginxLogRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly protocol: string;
}

interface NginxLogUpstream {
  /** http, https, fastcgi, uwsgi, suwsgi, scgi, grpc, grpcs, memcached; tcp for the stream module. */
  readonly scheme: string;
  /** IP and port of the peer (IPv6 in brackets), as `ss` writes them. */
  readonly address?: string;
  /** The upstream group's name, where no peer was chosen. */
  readonly group?: string;
  readonly unix?: string;
  /** Without the query string. */
  readonly uri?: string;
}

const SPLIT = /, (?:udp )?client: ([^,\n]*), server: /;
const STREAM_TAIL = /, bytes from\/to client:\d+\/\d+, bytes from\/to upstream:\d+\/\d+$/;

/**
 * Splits one record (without its head) into the message and its context. Request line, Host and Referer come
 * from the client: where they hold no blanks the fields are read forward and cannot be forged; otherwise the
 * last upstream before the last host counts, and a line with two candidates is marked contested.
 */
export function splitContext(record: string): { message: string; context: NginxLogContext } {
  const found = SPLIT.exec(record);
  if (found === null) return bareContext(record);
  const context: NginxLogContext = { client: found[1] ?? "" };
  const message = record.slice(0, found.index);
  let rest = record.slice(found.index + found[0].length);
  const tail = STREAM_TAIL.exec(rest);
  if (tail !== null) {
    context.stream = true;
    rest = rest.slice(0, tail.index);
  }
  const server = /^([^,\n]*)/.exec(rest)?.[1] ?? "";
  context.server = server;
  readFields(rest.slice(server.length), context);
  return { message, context };
}

/** Resolver, accept and master lines have at most `, client: X, server: Y` (before a request was read). */
function bareContext(record: string): { message: string; context: NginxLogContext } {
  const found = /, (?:udp )?client: ([^,\n]*)$/.exec(record);
  if (found === null) return { message: record, context: {} };
  return { message: record.slice(0, found.index), context: { client: found[1] ?? "" } };
}

const REQUEST = /^, request: "(\S+) (\S+) (HTTP\/\d(?:\.\d)?)"(?=, |$)/;
const SHORT_REQUEST = /^, request: "([^"\n]*)"(?=, |$)/;

function readFields(fields: string, context: NginxLogContext): void {
  const request = REQUEST.exec(fields);
  if (request !== null) {
    const [, method = "", uri = "", protocol = ""] = request;
    context.request = { method, path: withoutQuery(uri), protocol };
    readForward(fields.slice(request[0].length), context);
    return;
  }
  const short = SHORT_REQUEST.exec(fields);
  const inner = short?.[1] ?? "";
  const shortRest = fields.slice(short?.[0].length ?? 0);
  if (short !== null && !inner.includes(", ") && countOf(fields, ', host: "') <= 1) {
    const parsed = looseRequest(inner);
    if (parsed !== undefined) context.request = parsed;
    readForward(shortRest, context);
    return;
  }
  if (!fields.startsWith(', request: "')) readForward(fields, context);
  else readBackward(fields, context);
}

const VALUES = [/^([^\s"]*)"(?=, |$)/, /^(\S*)"(?=, |$)/, /^([^"\n]*)"(?=, |$)/];

/** Subrequest, upstream and host in nginx's order; a value runs to the quote before the next field's name. */
function readForward(fields: string, context: NginxLogContext): void {
  let rest = fields;
  const take = (name: string): string | undefined => {
    const head = `, ${name}: "`;
    if (!rest.startsWith(head)) return undefined;
    const text = rest.slice(head.length);
    // Without quotes; with quotes but no blanks; a configured socket path may hold blanks.
    const value = VALUES.map((pattern) => pattern.exec(text)).find((match) => match !== null);
    if (value === undefined) {
      rest = "";
      return undefined;
    }
    rest = rest.slice(head.length + value[0].length);
    return value[1];
  };
  const subrequest = take("subrequest");
  if (subrequest !== undefined) context.subrequest = withoutQuery(subrequest);
  const upstream = parseUpstream(take("upstream"), context.stream === true);
  if (upstream !== undefined) context.upstream = upstream;
  const host = take("host");
  if (host !== undefined) context.host = host;
}

function readBackward(fields: string, context: NginxLogContext): void {
  const hostAt = fields.lastIndexOf(', host: "');
  const before = hostAt < 0 ? fields : fields.slice(0, hostAt);
  const forged = countOf(fields, ', upstream: "') > 1 || countOf(fields, ', host: "') > 1;
  if (forged) context.contested = true;
  const upstreamAt = before.lastIndexOf(', upstream: "');
  if (upstreamAt >= 0 && !forged) {
    const upstream = parseUpstream(/^, upstream: "([^"\n]*)"$/.exec(before.slice(upstreamAt))?.[1], false);
    if (upstream !== undefined) context.upstream = upstream;
  }
  if (hostAt >= 0) {
    const host = /^, host: "([^"\s]*)"/.exec(fields.slice(hostAt))?.[1];
    if (host !== undefined) context.host = host;
  }
  const line = before.slice(', request: "'.length, upstreamAt < 0 ? undefined : upstreamAt);
  const request = looseRequest(line.endsWith('"') ? line.slice(0, -1) : line);
  if (request !== undefined) context.request = request;
}

/** A request line with blanks in its URI, without a protocol (HTTP/0.9), or cut by nginx's 2,048 bytes. */
function looseRequest(line: string): NginxLogRequest | undefined {
  const method = /^[A-Za-z]{1,32}(?= )/.exec(line)?.[0];
  if (method === undefined) return undefined;
  const protocol = / (HTTP\/\d(?:\.\d)?)$/.exec(line)?.[1] ?? "";
  const uri = line.slice(method.length + 1, protocol === "" ? undefined : -protocol.length - 1);
  return { method, path: withoutQuery(uri), protocol };
}

const SCHEMES = /^(https?|fastcgi|s?uwsgi|scgi|grpcs?|memcached):\/\//;
const PEER = /^(?:\[[0-9A-Fa-f:.%]+\]|\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}(?=\/|$)/;

/** Reads the value of `upstream:`; undefined when it is not of nginx's making. */
function parseUpstream(value: string | undefined, stream: boolean): NginxLogUpstream | undefined {
  if (value === undefined || value === "") return undefined;
  const scheme = SCHEMES.exec(value)?.[1] ?? (stream ? "tcp" : undefined);
  if (scheme === undefined) return undefined;
  const rest = stream ? value : value.slice(scheme.length + "://".length);
  if (rest.startsWith("unix:")) {
    const end = rest.indexOf(":", "unix:".length);
    const unix = rest.slice("unix:".length, end < 0 ? undefined : end);
    return { scheme, unix, ...uriOf(end < 0 ? "" : rest.slice(end + 1)) };
  }
  const address = PEER.exec(rest)?.[0];
  if (address !== undefined) return { scheme, address, ...uriOf(rest.slice(address.length)) };
  const group = /^[^/?]*/.exec(rest)?.[0] ?? "";
  return { scheme, group, ...uriOf(rest.slice(group.length)) };
}

const uriOf = (uri: string) => (uri === "" ? {} : { uri: withoutQuery(uri) });

const withoutQuery = (uri: string) => uri.split(/[?#]/, 1)[0] ?? "";

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}
