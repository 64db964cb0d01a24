import { BlockList, isIP } from "node:net";

/** True when an address lies in "10.0.0.0/8", "10.0.0.5", "10.0.0.1-10.0.0.9" or the IPv6 forms; undefined for what is no address. */
export function inRange(address: string, range: string): boolean | undefined {
  const family = isIP(address);
  if (family === 0) return undefined;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  const [first = "", second] = range.split(/[/-]/);
  const firstFamily = isIP(first);
  if (firstFamily === 0) return undefined;
  if (firstFamily !== family) return false;
  try {
    if (range.includes("/")) {
      const prefix = prefixOf(second ?? "");
      if (prefix === undefined) return undefined;
      list.addSubnet(first, prefix, type);
    } else if (range.includes("-")) list.addRange(first, second ?? first, type);
    else list.addAddress(first, type);
  } catch {
    return undefined;
  }
  return list.check(address, type);
}

/** "24" or "255.255.255.0". */
function prefixOf(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  if (isIP(text) !== 4) return undefined;
  const bits = text
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}
