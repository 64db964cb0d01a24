import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { labDir } from "./paths.ts";
import { withLock } from "./lock.ts";
import { must, run } from "./process.ts";

const SCRIPT = `export DEBIAN_FRONTEND=noninteractive LC_ALL=C
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get update -q
apt-get install -qy --no-install-recommends -o Dpkg::Options::=--force-unsafe-io docker.io
apt-get clean
rm -f /usr/sbin/policy-rc.d
rm -rf /var/lib/apt/lists/*
mkdir -p /etc/docker
# With only a loopback name server Docker would fall back to a public one.
printf '{ "dns": ["127.0.0.1"] }\\n' >/etc/docker/daemon.json
printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' >/etc/resolv.conf
`;

/**
 * Debian's docker.io as a second read-only layer over the base, so that hosts without containers
 * do not carry it. Built once for a base and this recipe. Gives the layer's folder.
 */
export async function dockerLayer(base: string, say: (line: string) => void = () => {}): Promise<string> {
  const key = createHash("sha256").update(SCRIPT).digest("hex").slice(0, 8);
  const layer = join(labDir, `docker-${basename(base)}-${key}`);
  return await withLock(join(labDir, "docker.lock"), async () => {
    if (!existsSync(layer)) {
      say("building the layer with docker.io once (about a minute)");
      await build(base, `${layer}.new`);
      await rename(`${layer}.new`, layer);
    }
    return layer;
  });
}

async function build(base: string, upper: string): Promise<void> {
  const [work, merged] = [`${upper}.work`, `${upper}.merged`];
  for (const dir of [upper, work, merged]) {
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir);
  }
  const layers = `lowerdir=${base},upperdir=${upper},workdir=${work}`;
  await must(["mount", "-t", "overlay", "overlay", "-o", layers, merged]);
  try {
    await copyFile("/etc/resolv.conf", join(merged, "etc/resolv.conf"));
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    await must(["chroot", merged, "sh", "-eu"], {
      input: SCRIPT,
      env: { PATH: path },
      timeoutMs: 10 * 60_000,
    });
  } finally {
    await run(["umount", "-l", merged]);
    for (const dir of [work, merged]) await rm(dir, { recursive: true, force: true });
  }
}
