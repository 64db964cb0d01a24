import { z } from "zod";

const socketAddressSchema = z.object({
  /** Without brackets; "*" is ss's form of an IPv6 socket that takes IPv4 as well (or of an unbound one). */
  address: z.string(),
  /** undefined for "*". */
  port: z.number().optional(),
  /** The interface of `10.0.0.5%eth0:53`. */
  interface: z.string().optional(),
});
export type SocketAddress = z.infer<typeof socketAddressSchema>;

/** `127.0.0.1:3000`, `*:80`, `[::]:80`, `:::80` (old iproute2), `[fe80::1]%eth0:80`, `10.0.0.5%eth0:53`, `0.0.0.0:*`. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const colon = text.lastIndexOf(":");
  if (colon < 0 || text.length > 200) return undefined;
  const portText = text.slice(colon + 1);
  if (!/^(?:\*|\d{1,5})$/.test(portText) || Number(portText) > 65_535) return undefined;
  let host = text.slice(0, colon);
  const scope = /%([\w.@-]{1,32})(\]?)$/.exec(host);
  if (scope !== null) host = host.slice(0, scope.index) + (scope[2] ?? "");
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1);
  if (!/^(?:\*|[0-9A-Fa-f:.]{2,45})$/.test(host)) return undefined;
  return { address: host, port: portText === "*" ? undefined : Number(portText), interface: scope?.[1] };
}
