import { z } from "zod";
import { ran, toJson, type Output } from "./output.ts";

export const ipAddrSchema = z.object({
  addresses: z.array(
    z.object({
      address: z.string(),
      prefix: z.number(),
      interface: z.string(),
      family: z.enum(["inet", "inet6"]),
      up: z.boolean(),
    }),
  ),
});
export type IpAddr = z.infer<typeof ipAddrSchema>;

const answer = z.array(
  z.looseObject({
    ifname: z.string().default(""),
    flags: z.array(z.string()).default([]),
    addr_info: z
      .array(
        z.looseObject({
          family: z.string().optional(),
          local: z.string().optional(),
          prefixlen: z.number().optional(),
        }),
      )
      .default([]),
  }),
);

/** The host's own addresses from `ip -j addr`. */
export function parseIpAddr(output: Output): IpAddr | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const parsed = answer.safeParse(toJson(output.stdout));
  if (!parsed.success) return undefined;
  const addresses = parsed.data.flatMap((link) =>
    link.addr_info.flatMap(({ family, local, prefixlen }): IpAddr["addresses"] => {
      if ((family !== "inet" && family !== "inet6") || local === undefined) return [];
      return [
        {
          address: local,
          prefix: prefixlen ?? (family === "inet" ? 32 : 128),
          interface: link.ifname,
          family,
          up: link.flags.includes("UP"),
        },
      ];
    }),
  );
  return { addresses };
}
