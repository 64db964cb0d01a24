/** Reads the data types of the SSH protocols (RFC 4251, section 5). Throws RangeError past the end. */
export class WireReader {
  readonly data: Buffer;
  at = 0;

  constructor(data: Buffer) {
    this.data = data;
  }

  uint32(): number {
    this.at += 4;
    return this.data.readUInt32BE(this.at - 4);
  }

  uint64(): bigint {
    this.at += 8;
    return this.data.readBigUInt64BE(this.at - 8);
  }

  /** A string, as bytes. */
  bytes(): Buffer {
    const length = this.uint32();
    if (this.at + length > this.data.length) throw new RangeError("a string runs past the end");
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  get end(): boolean {
    return this.at >= this.data.length;
  }
}

/** Writes a string: its length, then its bytes. */
export function wireString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
