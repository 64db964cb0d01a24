import type { Job } from "../workflows/ports.ts";
import { errorText } from "./retry.ts";

/** What a queue does with a job in hand; each leaves the job alone once another worker has it. */
export interface Settle {
  /** Says that the worker lives; called every `renewMs`. */
  renew(): Promise<void>;
  readonly renewMs: number;
  complete(): Promise<void>;
  /** Puts the job off. @returns true when that was its last attempt */
  fail(error: string): Promise<boolean>;
}

/** Runs one attempt of a job and settles it; rejects only when it could not be settled: then its lease runs out. */
export async function runAttempt(
  job: Job,
  handle: (job: Job) => Promise<void>,
  settle: Settle,
  onError: (error: unknown) => void,
): Promise<void> {
  const renewal = setInterval(() => {
    settle.renew().catch(onError);
  }, settle.renewMs);
  try {
    await handle(job);
  } catch (error) {
    if (await settle.fail(errorText(error))) {
      onError(
        new Error(`The job ${job.kind} ${job.ref} was given up after ${job.attempt} attempts.`, {
          cause: error,
        }),
      );
    }
    return;
  } finally {
    clearInterval(renewal);
  }
  await settle.complete();
}
