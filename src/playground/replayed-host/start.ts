import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newKeyPair } from "./key-pair.ts";
import type { Recording } from "./recording.ts";
import { type HostServer, startHostServer } from "./server.ts";
import { writeShims } from "./shims.ts";

/** Recorded hosts that can be reached over SSH. */
export interface ReplayedHosts {
  /** Entries for `hosts:` of 502.yml. */
  readonly entries: Readonly<Record<string, HostEntry>>;
  stop(): Promise<void>;
}

interface HostEntry {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
  readonly identitiesOnly: boolean;
  readonly userKnownHostsFile: string;
  readonly groups: readonly string[];
  readonly health?: string;
}

/**
 * Starts an SSH server for each recorded host on 127.0.0.1, with new keys; known_hosts and the login key are
 * written into `folder`, and nothing outside of it.
 */
export async function startReplayedHosts(
  folder: string,
  recordings: readonly Recording[],
): Promise<ReplayedHosts> {
  const login = newKeyPair();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identityFile = join(folder, "id_ed25519");
  const userKnownHostsFile = join(folder, "known_hosts");
  writeFileSync(identityFile, login.private, { mode: 0o600 });
  const entries: Record<string, HostEntry> = {};
  const servers: HostServer[] = [];
  const known: string[] = [];
  for (const recording of recordings) {
    const own = join(folder, recording.name);
    const programs = writeShims(own, recording);
    const server = await startHostServer({ folder: own, programs, authorizedKey: login.public });
    servers.push(server);
    known.push(`[127.0.0.1]:${server.port} ${server.hostKey}`);
    const { groups, health } = recording;
    entries[recording.name] = {
      hostName: "127.0.0.1",
      port: server.port,
      user: "ops",
      identityFile,
      identitiesOnly: true,
      userKnownHostsFile,
      groups,
      ...(health === undefined ? {} : { health }),
    };
  }
  writeFileSync(userKnownHostsFile, `${known.join("\n")}\n`);
  return {
    entries,
    stop: async () => {
      await Promise.all(servers.map((s) => s.stop()));
    },
  };
}
