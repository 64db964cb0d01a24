/**
 * Splits one stream into data and frames. A frame is the boundary, its text and a newline; it may
 * stand anywhere, also in the middle of a line, and may arrive in any number of chunks.
 */
export class FrameScanner {
  readonly #boundary: Buffer;
  readonly #onData: (data: Buffer) => void;
  readonly #onFrame: (text: string) => void;
  #rest = Buffer.alloc(0);

  constructor(boundary: string, onData: (data: Buffer) => void, onFrame: (text: string) => void) {
    this.#boundary = Buffer.from(boundary);
    this.#onData = onData;
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      const at = buffer.indexOf(this.#boundary);
      if (at === -1) break;
      if (at > 0) this.#onData(buffer.subarray(0, at));
      const end = buffer.indexOf(10, at);
      if (end === -1) {
        this.#rest = Buffer.from(buffer.subarray(at));
        return;
      }
      this.#onFrame(buffer.toString("utf8", at + this.#boundary.length, end));
      buffer = buffer.subarray(end + 1);
    }
    const held = this.#prefixAtEnd(buffer);
    if (buffer.length > held) this.#onData(buffer.subarray(0, buffer.length - held));
    this.#rest = Buffer.from(buffer.subarray(buffer.length - held));
  }

  /** Gives out what was held back as a possible beginning of a frame; for the end of the stream. */
  flush(): void {
    if (this.#rest.length > 0) this.#onData(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  /** How many bytes at the end may be the beginning of a boundary. */
  #prefixAtEnd(buffer: Buffer): number {
    for (let n = Math.min(this.#boundary.length - 1, buffer.length); n > 0; n--) {
      if (buffer.subarray(buffer.length - n).equals(this.#boundary.subarray(0, n))) return n;
    }
    return 0;
  }
}
