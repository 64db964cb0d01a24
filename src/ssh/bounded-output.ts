/**
 * Keeps the head and the tail of a stream of unknown length in bounded memory: at most `max` bytes,
 * half of them from the start, half from the end.
 */
export class BoundedOutput {
  /** Bytes seen in all. */
  total = 0;
  readonly #max: number;
  readonly #head: Buffer[] = [];
  #headSize = 0;
  #tail: Buffer[] = [];
  #tailSize = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** True when bytes were left out. */
  get cut(): boolean {
    return this.total > this.#max;
  }

  /** Bytes held. */
  get size(): number {
    return this.#headSize + this.#tailSize;
  }

  push(chunk: Buffer): void {
    this.total += chunk.length;
    const room = Math.ceil(this.#max / 2) - this.#headSize;
    const head = chunk.subarray(0, Math.max(0, room));
    if (head.length > 0) {
      this.#head.push(Buffer.from(head));
      this.#headSize += head.length;
    }
    const rest = chunk.subarray(head.length);
    if (rest.length === 0) return;
    const limit = Math.floor(this.#max / 2);
    this.#tail.push(Buffer.from(rest.subarray(Math.max(0, rest.length - limit))));
    this.#tailSize += Math.min(rest.length, limit);
    // Compacted rarely, so that many small chunks do not cost their square.
    if (this.#tailSize > 2 * limit + 4096) this.#compact(limit);
  }

  #compact(limit: number): void {
    const all = Buffer.concat(this.#tail);
    const kept = Buffer.from(all.subarray(Math.max(0, all.length - limit)));
    this.#tail = [kept];
    this.#tailSize = kept.length;
  }

  /** The text kept; what was left out is marked by a line of its own. */
  text(): string {
    this.#compact(Math.floor(this.#max / 2));
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    if (!this.cut) return Buffer.concat([head, tail]).toString("utf8");
    const missing = this.total - head.length - tail.length;
    return `${head.toString("utf8")}\n…${missing} bytes cut…\n${tail.toString("utf8")}`;
  }
}
