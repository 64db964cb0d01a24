import { describe, expect, test } from "vitest";
import { parseSystemctlShow } from "../../src/parsers/systemctl-show.ts";
import { hiddenBy } from "../../src/model/unit-sandbox.ts";
import { verdict, answer, config, errorLine, look, site, unit, DIRECT_REFUSED } from "./small-host.ts";
import { result } from "../parsers/captured.ts";

const nginx = (more: Readonly<Record<string, string>>) =>
  unit("nginx.service", { MainPID: "900", FragmentPath: "/lib/systemd/system/nginx.service", ...more });
const shown = (more: Readonly<Record<string, string>>) =>
  parseSystemctlShow(result(`${nginx(more)}\n`))?.units[0];

describe("what a unit hides from its processes", () => {
  test.each([
    [{ ProtectHome: "yes" }, "/home/app/run/a.sock", "ProtectHome=yes"],
    [{ ProtectHome: "tmpfs" }, "/run/user/1000/a.sock", "ProtectHome=tmpfs"],
    [{ ProtectHome: "read-only" }, "/home/app/run/a.sock", ""],
    [{ ProtectHome: "yes" }, "/homework/a.sock", ""],
    [
      { ProtectHome: "no", InaccessiblePaths: "-/srv/x /opt/shop" },
      "/opt/shop/a.sock",
      "InaccessiblePaths=/opt/shop",
    ],
    [{ ProtectHome: "no", InaccessiblePaths: "-/srv/x" }, "/srv/xy/a.sock", ""],
  ])("%o: %s", (more, path, by) => {
    expect(hiddenBy(shown(more), path)).toBe(by);
  });

  test("settings that were not shown tell nothing", () => {
    expect(hiddenBy(shown({}), "/home/app/a.sock")).toBeUndefined();
    expect(hiddenBy(undefined, "/home/app/a.sock")).toBeUndefined();
  });
});

describe("units that keep nginx and its backend apart", () => {
  const REFUSED = "connect() failed (111: Connection refused) while connecting to upstream";
  const causes = async (
    shop: Readonly<Record<string, string>>,
    own: Readonly<Record<string, string>> = {},
  ) => {
    const said = await look({
      units: `${nginx(own)}\n\n${unit("shop.service", { Environment: "PORT=3000", ...shop })}\n`,
      "nginx-config": config(site("proxy_pass http://127.0.0.1:3000;")),
      "error-log": errorLine(20, REFUSED),
      front: answer(502),
      direct: DIRECT_REFUSED,
    });
    return verdict(said).diagnosis.causes.map((c) => `${c.id} ${c.grade}: ${c.title}`);
  };

  test("a backend with a network of its own, consistent at most: the setting may wait for the next start", async () => {
    const [first] = await causes({ PrivateNetwork: "yes" });
    expect(first).toMatch(/^route-policy-local consistent: shop\.service has PrivateNetwork=yes/);
  });

  test("denied addresses, unless they are allowed", async () => {
    const denied = { IPAddressDeny: "0.0.0.0/0 ::/0" };
    expect((await causes({}, denied))[0]).toContain("nginx.service has IPAddressDeny=0.0.0.0/0");
    const allowed = await causes({}, { ...denied, IPAddressAllow: "127.0.0.0/8 ::1/128" });
    expect(allowed.join()).not.toContain("route-policy-local");
  });
});
