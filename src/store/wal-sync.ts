import { open, type FileHandle } from "node:fs/promises";

/**
 * Brings commits to the disk without blocking the event loop: SQLite itself would wait for the disk in the middle of
 * everything else, 5 to 30 ms a commit on a busy machine. One sync serves all commits that were made before it began.
 */
export class WalSync {
  readonly #path: string;
  #file: FileHandle | undefined;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** @param path of the write-ahead log; SQLite keeps its locks on other files, so opening and closing it is harmless */
  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when what has been committed until now survives a power loss. */
  settled(): Promise<void> {
    // A sync that has begun may miss the last commit; the one after it, which others may wait for too, does not.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#running = this.#sync();
        return this.#running;
      });
    return this.#next;
  }

  async end(): Promise<void> {
    await (this.#next ?? this.#running).catch(() => undefined);
    await this.#file?.close();
    this.#file = undefined;
  }

  async #sync(): Promise<void> {
    this.#file ??= await open(this.#path, "r+");
    await this.#file.datasync();
  }
}
