import type { Command, CommandResult, End } from "../domain/command.ts";
import type { Account } from "../playbook/script-runner.ts";
import { boundary } from "../playbook/wave-script.ts";
import { BoundedOutput } from "./bounded-output.ts";
import { commandEnd, type Rights } from "./command-end.ts";
import { FrameScanner } from "./frame-scanner.ts";

/** Standard error kept of one command, in bytes. */
const MAX_STDERR = 16_384;

interface Slot {
  readonly command: Command;
  readonly out: BoundedOutput;
  readonly err: BoundedOutput;
  code: number | undefined;
  rights: Rights;
  startedAt: number;
  endedAt: number;
  outEnded: boolean;
  errEnded: boolean;
  result: CommandResult | undefined;
}

export interface ReaderEvents {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onResult?: (result: CommandResult, index: number) => void;
  /** A frame that belongs to the script, not to a command: S, W:index, L:…, Z. */
  readonly onFrame?: (frame: string) => void;
}

/**
 * Reads the two streams of a wave or fix script, chunk by chunk, and gives each command's result
 * as soon as both its end frames are there. What precedes the opening frame (motd, a talkative
 * profile) is kept apart in `preamble`.
 */
export class WaveReader {
  readonly preamble = new BoundedOutput(2048);
  account: Account | undefined;
  readonly #slots: Slot[];
  readonly #events: ReaderEvents;
  readonly #out: FrameScanner;
  readonly #err: FrameScanner;
  readonly #foreground: Slot[];
  #outAt = -1;
  #errAt = -1;
  #outClosed = false;
  #errClosed = false;
  /** How many of the two streams have said that the script waits. */
  #waiting = 0;

  constructor(commands: readonly Command[], nonce: string, events: ReaderEvents) {
    this.#events = events;
    this.#slots = commands.map((command) => ({
      command,
      out: new BoundedOutput(command.maxBytes),
      err: new BoundedOutput(Math.min(MAX_STDERR, command.maxBytes)),
      code: undefined,
      rights: "0",
      startedAt: 0,
      endedAt: 0,
      outEnded: false,
      errEnded: false,
      result: undefined,
    }));
    this.#foreground = this.#slots.filter((slot) => slot.command.background !== true);
    this.#out = new FrameScanner(
      boundary(nonce),
      (data) => (this.#outAt < 0 ? this.preamble : this.#foreground[this.#outAt]?.out)?.push(data),
      (frame) => this.#outFrame(frame),
    );
    this.#err = new FrameScanner(
      boundary(nonce),
      (data) => (this.#errAt < 0 ? this.preamble : this.#foreground[this.#errAt]?.err)?.push(data),
      (frame) => this.#errFrame(frame),
    );
  }

  push(stream: "out" | "err", chunk: Buffer): void {
    (stream === "out" ? this.#out : this.#err).push(chunk);
  }

  /** True once the opening frame was read. */
  get started(): boolean {
    return this.#outAt >= 0;
  }

  /** True once both streams have said that the script has ended, perhaps before its last command. */
  get ended(): boolean {
    return this.#outClosed && this.#errClosed;
  }

  /** Bytes seen of the foreground command that runs now, on both streams. */
  get seenOfCurrent(): number {
    const slot = this.#foreground[this.#outAt];
    return slot === undefined ? 0 : slot.out.total + slot.err.total;
  }

  /** The foreground command that runs now: its index in the wave and when it started. */
  get current(): { index: number; command: Command; startedAt: number } | undefined {
    const slot = this.#foreground[this.#outAt];
    if (slot === undefined) return undefined;
    return { index: this.#slots.indexOf(slot), command: slot.command, startedAt: slot.startedAt };
  }

  /** Milliseconds since a command without a result started. */
  runsSince(index: number): number {
    const slot = this.#slots[index];
    return slot === undefined || slot.startedAt === 0 ? 0 : this.#events.now() - slot.startedAt;
  }

  get results(): readonly (CommandResult | undefined)[] {
    return this.#slots.map((slot) => slot.result);
  }

  get done(): boolean {
    return this.#slots.every((slot) => slot.result !== undefined);
  }

  /** Ends one command that gave no end frame of its own; nothing if it has its result. */
  abandon(index: number, end: End, because: string): void {
    const slot = this.#slots[index];
    if (slot === undefined || slot.result !== undefined) return;
    slot.err.push(Buffer.from(because));
    slot.endedAt = this.#events.now();
    if (slot.startedAt === 0) slot.startedAt = slot.endedAt;
    this.#finish(slot, end);
  }

  #outFrame(frame: string): void {
    const [kind, a = "", b = "", c = "", d = "", e = ""] = frame.split(":");
    const now = this.#events.now();
    if (kind === "b") {
      // The line itself may hold colons.
      this.#slots[Number(a)]?.out.push(Buffer.from(`${frame.slice(3 + a.length)}\n`));
    } else if (kind === "B") this.#endBackground(Number(a), b, c, d, Number(e));
    else if (kind === "E") {
      const slot = this.#slots[Number(a)];
      if (slot === undefined) return;
      slot.code = Number(b);
      slot.rights = c === "d" ? "d" : c === "1" ? "1" : "0";
      slot.endedAt = now;
      slot.outEnded = true;
      this.#outAt = this.#foreground.indexOf(slot) + 1;
      const next = this.#foreground[this.#outAt];
      if (next !== undefined) next.startedAt = now;
      this.#settle(slot);
    } else {
      if (kind === "S") {
        this.#outAt = 0;
        for (const slot of this.#slots) slot.startedAt = now;
        this.account = { uid: Number(a), sudo: sudoState(b) };
      }
      if (kind === "Z" && this.account !== undefined) {
        this.account = { ...this.account, sudo: sudoState(a) };
      }
      if (kind === "Z") this.#outClosed = true;
      const current = this.#foreground[this.#outAt];
      if ((kind === "W" || kind === "G") && current !== undefined) current.startedAt = now;
      if (kind === "W") this.#waits(frame);
      else this.#events.onFrame?.(frame);
    }
  }

  /** Said by both streams, so that the command before it has its result by then. */
  #waits(frame: string): void {
    this.#waiting += 1;
    if (this.#waiting % 2 === 0) this.#events.onFrame?.(frame);
  }

  #errFrame(frame: string): void {
    const [kind, a = ""] = frame.split(":");
    if (kind === "S") this.#errAt = 0;
    if (kind === "Z") this.#errClosed = true;
    if (kind === "W") this.#waits(frame);
    const slot = this.#slots[Number(a)];
    if (kind !== "E" || slot === undefined) return;
    slot.errEnded = true;
    this.#errAt = this.#foreground.indexOf(slot) + 1;
    this.#settle(slot);
  }

  #endBackground(index: number, code: string, rights: string, newline: string, cutFrom: number): void {
    const slot = this.#slots[index];
    if (slot === undefined) return;
    slot.code = Number(code);
    slot.rights = rights === "d" ? "d" : rights === "1" ? "1" : "0";
    slot.outEnded = slot.errEnded = true;
    slot.endedAt = this.#events.now();
    this.#settle(slot, newline === "0", cutFrom);
  }

  #settle(slot: Slot, unterminated = false, cutFrom = 0): void {
    if (!slot.outEnded || !slot.errEnded || slot.code === undefined) return;
    const text = slot.command.background === true ? slot.out.text() : slot.err.text();
    const took = slot.endedAt - slot.startedAt;
    const end = commandEnd(slot.command, slot.code, slot.rights, text, took);
    this.#finish(slot, end, unterminated, cutFrom);
  }

  #finish(slot: Slot, end: End, unterminated = false, cutFrom = 0): void {
    if (slot.result !== undefined) return;
    const cut = end === "exited" && (slot.out.cut || slot.err.cut || cutFrom > 0);
    let stdout = slot.out.text();
    if (unterminated) stdout = stdout.replace(/\n$/, "");
    if (cutFrom > 0) stdout += `\n…${cutFrom - slot.out.total} bytes cut…\n`;
    slot.result = {
      id: slot.command.id,
      argv: slot.command.argv,
      stdout,
      stderr: slot.err.text(),
      exitCode: end === "exited" || end === "cut" ? (slot.code ?? null) : null,
      end: cut ? "cut" : end,
      durationMs: Math.max(0, Math.round(slot.endedAt - slot.startedAt)),
      privileged: slot.rights === "1",
    };
    this.#events.onResult?.(slot.result, this.#slots.indexOf(slot));
  }
}

function sudoState(text: string): Account["sudo"] {
  return text === "some" || text === "none" ? text : "unknown";
}
