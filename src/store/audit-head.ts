import { readFileSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { z } from "zod";
import { headMac, sameHex, type Head } from "./audit-chain.ts";

const HeadFile = z.object({ seq: z.number().int(), hash: z.string(), mac: z.string() });

let marks = 0;

/**
 * The head of the audit log, kept in a file outside the database: entries cut off its end are missed.
 * Where several processes write, the file may lag behind the log; it never runs ahead of it.
 */
export class HeadAnchor {
  readonly path: string;
  readonly #key: Buffer;
  /** Two stores of one process may write at the same time. */
  readonly #mark = `${process.pid}-${(marks += 1)}`;
  #newest: Head | undefined;
  #last: Promise<void> = Promise.resolve();

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
   * Moves the anchor forward, durably. It stays where it is when it stands further on already. Who comes while it is
   * being written waits for the next time, which serves all of them.
   * @param hashAt the log's hash at a number; "purged" for one that is gone rightfully
   * @throws Error when the anchored entry is not in the log any more: the anchor stays, as the proof
   */
  async write(head: Head, hashAt: (seq: number) => Promise<string | undefined>): Promise<void> {
    if (this.#newest === undefined || this.#newest.seq < head.seq) this.#newest = head;
    const mine = this.#last.catch(() => undefined).then(() => this.#forward(this.#newest ?? head, hashAt));
    this.#last = mine;
    await mine;
  }

  async #forward(head: Head, hashAt: (seq: number) => Promise<string | undefined>): Promise<void> {
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
    const draft = `${this.path}.${this.#mark}`;
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ ...head, mac: headMac(this.#key, head) })}\n`);
      // Root (502 under sudo) leaves the file to whom it belonged: the bot must go on reading it.
      const owner = statSync(this.path, { throwIfNoEntry: false });
      if (owner !== undefined && process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
  }
}
