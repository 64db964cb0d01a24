/** Where a connection goes: a host (name or address, IPv6 without brackets) and port, or a unix socket's path. */
export interface NginxAddress {
  readonly host?: string;
  readonly port?: number;
  readonly unix?: string;
}

/**
 * Reads `host`, `host:port`, `[v6]`, `[v6]:port` or `unix:PATH` as ngx_parse_url (ngx_inet.c) does; undefined
 * when it is none of them or the port is out of range. Without a port, `defaultPort` is given (if any).
 */
export function parseNginxAddress(text: string, defaultPort?: number): NginxAddress | undefined {
  if (/^unix:/i.test(text)) {
    const unix = text.slice("unix:".length);
    return unix === "" ? undefined : { unix };
  }
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) return undefined;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return port === undefined ? { host } : { host, port };
}

/** True for a numeric IPv4 or IPv6 address (the latter without brackets). */
export function isNumericAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || (host.includes(":") && /^[0-9A-Fa-f:.%]+$/.test(host));
}
