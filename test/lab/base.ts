import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { here, keyPath, labDir } from "./paths.ts";
import { withLock } from "./lock.ts";
import { must, run } from "./process.ts";

const SUITE = "bookworm";
const PM2 = "pm2@6.0.13";

/** What a bare server of the kinds in the failure catalogue has installed. */
const PACKAGES = [
  ..."systemd systemd-sysv dbus libpam-systemd openssh-server rsyslog sudo cron".split(" "),
  ..."nginx-light nodejs python3 gunicorn php8.2-fpm uwsgi uwsgi-plugin-python3".split(" "),
  ..."supervisor openssl curl acl iproute2 iptables nftables conntrack lsof procps psmisc".split(" "),
  ..."bind9-dnsutils netcat-openbsd socat dnsmasq-base ca-certificates less csh fish".split(" "),
];

/**
 * The root file system that every lab host shares as its read-only lower layer. Built by
 * debootstrap on the first call and whenever this recipe changes; later calls give the cached one.
 * Throws when the machine lacks root, debootstrap or a Debian mirror.
 */
export async function baseRoot(say: (line: string) => void = () => {}): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error("The lab needs root: run it again with sudo.");
  const script = await readFile(join(here, "base.sh"), "utf8");
  const key = createHash("sha256")
    .update(JSON.stringify([SUITE, PM2, PACKAGES, script]))
    .digest("hex")
    .slice(0, 12);
  const base = join(labDir, `base-${key}`);
  await mkdir(labDir, { recursive: true, mode: 0o755 });
  return await withLock(join(labDir, "base.lock"), async () => {
    await makeKey();
    if (!existsSync(base)) {
      say(`building the base root file system once: ${base} (about three minutes)`);
      await build(`${base}.new`, script, say);
      await rename(`${base}.new`, base);
    }
    return base;
  });
}

async function build(root: string, script: string, say: (line: string) => void): Promise<void> {
  const mirror = process.env["FIVEOHTWO_LAB_MIRROR"] ?? "http://deb.debian.org/debian";
  const cache = join(labDir, "debs");
  await rm(root, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const minutes = (n: number): { timeoutMs: number } => ({ timeoutMs: n * 60_000 });
  await must(["debootstrap", "--variant=minbase", `--cache-dir=${cache}`, SUITE, root, mirror], minutes(10));
  say("debootstrap done, installing the servers");
  await copyFile("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  await must(["mount", "-t", "proc", "proc", join(root, "proc")]);
  await must(["mount", "--bind", cache, join(root, "var/cache/apt/archives")]);
  try {
    await must(["chroot", root, "sh", "-eu"], {
      input: script,
      env: {
        PACKAGES: PACKAGES.join(" "),
        LAB_PUBLIC_KEY: (await readFile(`${keyPath}.pub`, "utf8")).trim(),
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      },
      ...minutes(15),
    });
  } finally {
    await run(["umount", "-l", join(root, "var/cache/apt/archives")]);
    await run(["umount", "-l", join(root, "proc")]);
  }
  say("installing pm2");
  await must(["npm", "install", "--prefix", join(root, "usr/local"), "-g", PM2], minutes(5));
}

async function makeKey(): Promise<void> {
  if (existsSync(keyPath)) return;
  await mkdir(join(labDir, "keys"), { recursive: true, mode: 0o700 });
  await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "fiveohtwo-lab", "-f", keyPath]);
}
