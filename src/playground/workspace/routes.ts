import { Hono } from "hono";
import { ZodError } from "zod";
import { z } from "zod";
import { cut, never } from "./faults/cut.ts";
import type { Faults } from "./faults/plan.ts";
import { respond, ResponseRefused } from "./interactions/respond.ts";
import { isJson, parseJson } from "./json.ts";
import { mediaType } from "./state/files.ts";
import type { WorkspaceState } from "./state/state.ts";
import { receiveUpload } from "./web-api/files.ts";

/** What can be shown inside the page; everything else is only ever downloaded. */
const INLINE = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "text/csv"]);

/** response_url, upload URLs, files, and the fault plan: everything beside /api and the page. */
export function sideRoutes(state: WorkspaceState, faults: Faults): Hono {
  const app = new Hono();

  app.post("/response/:id", async (c) => {
    const redeemed = state.grants.redeemUrl(c.req.param("id"));
    if (!redeemed.ok) return c.json({ ok: false, error: redeemed.error }, 404);
    const body = parseJson(await c.req.text());
    if (!isJson(body)) return c.json({ ok: false, error: "invalid_payload" }, 400);
    const fault = faults.forResponse()?.fault;
    if (fault === "hang") return never();
    try {
      respond(state, redeemed.value, body);
      if (fault === "lost-reply") {
        cut(c.env);
        return never();
      }
      return c.json({ ok: true });
    } catch (error) {
      if (error instanceof ResponseRefused) return c.json({ ok: false, error: error.message }, 400);
      throw error;
    }
  });

  app.post("/upload/v1/:key", async (c) => {
    const type = c.req.header("content-type") ?? "";
    let data: Buffer;
    if (type.startsWith("multipart/form-data")) {
      const parts = [...(await c.req.raw.formData()).values()];
      const [part] = parts;
      data =
        typeof part === "string" || part === undefined
          ? Buffer.from(part ?? "")
          : Buffer.from(await part.arrayBuffer());
    } else {
      data = Buffer.from(await c.req.arrayBuffer());
    }
    const answer = receiveUpload(state, c.req.param("key"), data);
    return answer === undefined ? c.text("unknown upload URL", 404) : c.text(answer);
  });

  app.get("/files/:id", (c) => {
    const file = state.files.find(c.req.param("id"));
    if (file?.data === undefined || !file.completed) return c.text("no such file", 404);
    const type = mediaType(file);
    const shown = INLINE.has(type) && c.req.query("download") === undefined;
    const name = encodeURIComponent(file.name);
    return c.body(new Uint8Array(file.data), 200, {
      "content-type": shown
        ? type.startsWith("text/")
          ? "text/plain; charset=utf-8"
          : type
        : "application/octet-stream",
      "content-disposition": `${shown ? "inline" : "attachment"}; filename*=UTF-8''${name}`,
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });

  app.get("/_sim/faults", (c) => c.json({ struck: faults.counts() }));
  app.post("/_sim/faults", async (c) => {
    try {
      faults.set(parseJson(await c.req.text()));
      return c.json({ ok: true });
    } catch (error) {
      if (error instanceof ZodError) return c.json({ ok: false, error: z.prettifyError(error) }, 400);
      throw error;
    }
  });
  return app;
}
