import { join } from "node:path";

/** Where the lab keeps its base root file systems, its keys and the state of running hosts. */
export const labDir = process.env["FIVEOHTWO_LAB_DIR"] ?? "/var/tmp/fiveohtwo-lab";

/** One small JSON file per running host, so that a later start can clean up after a crash. */
export const hostsDir = join(labDir, "hosts");

/** The key pair every lab user accepts. It is generated here and never leaves the lab. */
export const keyPath = join(labDir, "keys", "id_ed25519");

/** The folder of this package: recipes and scenarios lie beside it. */
export const here = import.meta.dirname;
