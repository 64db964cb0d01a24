import type { Client, ClientChannel } from "ssh2";
import type { WaveReader } from "./wave-reader.ts";

/** What ended the run of a script before its reader was done. */
export type Stop =
  | { readonly kind: "done" }
  /** The foreground command that runs now gave no end in time, or far too much output. */
  | { readonly kind: "stuck"; readonly because: string }
  | { readonly kind: "closed"; readonly because: string }
  | { readonly kind: "deadline" };

export interface ScriptRun {
  readonly script: string;
  readonly reader: WaveReader;
  /** When the run must be over, as of performance.now(). */
  readonly deadlineAt: number;
  /** How long the login shell may take to start the script. */
  readonly startMs: number;
  /** How long background commands may still take after the last foreground one. */
  readonly tailMs: number;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<string>;
  /** Leaves standard input open; the steering of a fix writes to it. */
  readonly onChannel?: (channel: ClientChannel) => void;
  /** True while the script waits for the steering and no clock runs. */
  readonly paused?: () => boolean;
  /** True when nothing of interest follows. */
  readonly ended?: () => boolean;
}

/** What a command gets beyond its own time-out, for timeout(1)'s kill and the way back. */
const GRACE_MS = 2500;
/** How long the end of a channel waits for the end of its connection. */
const CLOSING_MS = 100;
/** Output of one command beyond which it is abandoned rather than read on. */
const FLOOD_BYTES = 64 * 1024 * 1024;

/**
 * Runs one script in one exec of `sh -s` and feeds its reader, until the reader is done or
 * something stops it. Never throws and never hangs: a clock runs for the start, for each command
 * and for the whole. The channel is closed in every case but "done", where the shell ends itself.
 */
export async function runScript(client: Client, run: ScriptRun): Promise<Stop> {
  const { reader } = run;
  const channel = await openChannel(client, run.gone);
  if (typeof channel === "string") return { kind: "closed", because: channel };
  return await new Promise<Stop>((resolve) => {
    const since = performance.now();
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const stop = (outcome: Stop): void => {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      if (outcome.kind !== "done") channel.close();
      resolve(outcome);
    };
    const arm = (): void => {
      if (stopped) return;
      clearTimeout(timer);
      if (reader.done || reader.ended || run.ended?.() === true) return stop({ kind: "done" });
      if (reader.seenOfCurrent > FLOOD_BYTES)
        return stop({ kind: "stuck", because: "gave far too much output" });
      const [dueAt, outcome] = due(run, since);
      timer = setTimeout(() => stop(outcome), Math.max(0, dueAt - performance.now()));
    };
    const feed = (stream: "out" | "err") => (chunk: Buffer) => {
      if (stopped) return;
      reader.push(stream, chunk);
      arm();
    };
    channel.on("data", feed("out"));
    channel.stderr.on("data", feed("err"));
    channel.on("error", () => stop({ kind: "closed", because: "the channel broke" }));
    // When the whole connection goes, its channels close first; its reason says more.
    channel.on("close", () => {
      clearTimeout(timer);
      timer = setTimeout(() => stop({ kind: "closed", because: shellEnd(reader) }), CLOSING_MS);
    });
    void run.gone.then((because) => stop({ kind: "closed", because }));
    arm();
    if (run.onChannel === undefined) channel.end(run.script);
    else {
      channel.write(run.script);
      run.onChannel(channel);
    }
  });
}

function due(run: ScriptRun, since: number): [number, Stop] {
  const { reader, deadlineAt } = run;
  const within = (at: number, outcome: Stop): [number, Stop] =>
    at < deadlineAt ? [at, outcome] : [deadlineAt, { kind: "deadline" }];
  if (run.paused?.() === true) return [deadlineAt, { kind: "deadline" }];
  if (!reader.started) {
    const because = `the login shell did not start sh within ${Math.round(run.startMs / 1000)} s`;
    return within(since + run.startMs, { kind: "closed", because });
  }
  const current = reader.current;
  if (current === undefined) return within(since + run.tailMs + GRACE_MS, { kind: "deadline" });
  const limit = Math.max(1000, current.command.timeoutMs) + GRACE_MS;
  return within(current.startedAt + limit, { kind: "stuck", because: "did not end within its time-out" });
}

function shellEnd(reader: WaveReader): string {
  if (reader.started) return "the shell ended before the command did";
  const said = reader.preamble.text().trim();
  return said === ""
    ? "the login shell did not start sh"
    : `the login shell did not start sh; it said: ${said}`;
}

/** Opens one exec of the constant `sh -s`, whatever the login shell is; a string says why not. */
function openChannel(client: Client, gone: Promise<string>): Promise<ClientChannel | string> {
  return new Promise((resolve) => {
    void gone.then(resolve);
    try {
      client.exec("sh -s", (error, channel) => resolve(error === undefined ? channel : error.message));
    } catch (error) {
      resolve(error instanceof Error ? error.message : String(error));
    }
  });
}
