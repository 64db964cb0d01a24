import type { WorkspaceState } from "../workspace/state/state.ts";
import { partsOf, renderPart } from "./fragments.ts";
import { markRead } from "./seen.ts";
import type { Looking } from "./view-context.ts";

/** Changes that come within this time are drawn together. */
const GATHER_MS = 20;
const KEEP_ALIVE_MS = 15_000;

const event = (name: string, data: string): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * A stream of server-sent events that keeps one open page up to date: at every change its parts are drawn
 * again, and those that differ are sent as HTML. Ends when the browser goes away.
 */
export function liveStream(state: WorkspaceState, looking: Looking, gone: AbortSignal): Response {
  const ctx = { state, looking };
  const encoder = new TextEncoder();
  const sent = new Map<string, string>();
  let stop = (): void => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let planned: NodeJS.Timeout | undefined;
      const send = (text: string): void => controller.enqueue(encoder.encode(text));
      const draw = (): void => {
        planned = undefined;
        markRead(ctx);
        for (const name of partsOf(ctx)) {
          const html = renderPart(name, ctx);
          if (sent.get(name) === html) continue;
          sent.set(name, html);
          send(event(name, html));
        }
      };
      const unsubscribe = state.changes.on(() => {
        planned ??= setTimeout(draw, GATHER_MS);
      });
      const beat = setInterval(() => send(": still here\n\n"), KEEP_ALIVE_MS);
      stop = () => {
        unsubscribe();
        clearTimeout(planned);
        clearInterval(beat);
      };
      draw();
      gone.addEventListener("abort", () => {
        stop();
        controller.close();
      });
    },
    cancel() {
      stop();
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}
