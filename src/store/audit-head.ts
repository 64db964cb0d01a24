import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
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

  /** Moves the anchor forward, durably. An anchor further on, or a forged one, stays for verify to find. */
  write(head: Head): void {
    const now = this.read();
    if (now === "forged" || (now !== undefined && now.seq >= head.seq)) return;
    const draft = `${this.path}.${process.pid}`;
    const file = openSync(draft, "w", 0o600);
    try {
      writeSync(file, `${JSON.stringify({ ...head, mac: headMac(this.#key, head) })}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.path);
  }
}
