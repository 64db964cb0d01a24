import {
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { z } from "zod";
import { headMac, sameHex, type Head } from "./audit-chain.ts";

const HeadFile = z.object({ seq: z.number().int(), hash: z.string(), mac: z.string() });

/**
 * The head of the audit log, kept in a file outside the database: entries cut off its end are missed.
 * Where several processes write, the file may lag behind the log; it never runs ahead of it.
 */
export class HeadAnchor {
  readonly path: string;
  readonly #key: Buffer;

  constructor(path: string, key: Buffer) {
    this.path = path;
    this.#key = key;
  }

  /** @returns the head, undefined when there is no file, or "forged" when this key did not write it */
  read(): Head | "forged" | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return "forged";
    }
    const parsed = HeadFile.safeParse(value);
    if (!parsed.success || !sameHex(parsed.data.mac, headMac(this.#key, parsed.data))) return "forged";
    return { seq: parsed.data.seq, hash: parsed.data.hash };
  }

  /**
   * Moves the anchor forward, durably. It stays where it is when it stands further on already.
   * @param hashAt the log's hash at a number; "purged" for one that is gone rightfully
   * @throws Error when the anchored entry is not in the log any more: the anchor stays, as the proof
   */
  async write(head: Head, hashAt: (seq: number) => Promise<string | undefined>): Promise<void> {
    const now = this.read();
    if (now === "forged")
      throw new Error(`The audit log's anchor ${this.path} was not written with this key.`);
    if (now !== undefined && now.seq >= head.seq) return;
    const there = now === undefined || now.seq === 0 ? "purged" : await hashAt(now.seq);
    if (now !== undefined && there !== "purged" && there !== now.hash) {
      throw new Error(
        `Entry ${now.seq} of the audit log is not the one that was anchored: run 502 audit verify.`,
      );
    }
    const draft = `${this.path}.${process.pid}`;
    const file = openSync(draft, "w", 0o600);
    try {
      writeSync(file, `${JSON.stringify({ ...head, mac: headMac(this.#key, head) })}\n`);
      // Root (502 under sudo) leaves the file to whom it belonged: the bot must go on reading it.
      const owner = statSync(this.path, { throwIfNoEntry: false });
      if (owner !== undefined && process.getuid?.() === 0) fchownSync(file, owner.uid, owner.gid);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.path);
  }
}
