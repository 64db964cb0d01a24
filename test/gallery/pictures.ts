import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeView, showView } from "../../src/playground/workspace/interactions/view-changes.ts";
import { removeMessage } from "../../src/playground/workspace/messaging.ts";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { startChromium } from "../browser/chromium.ts";
import type { Piece } from "./piece.ts";

/** A form is drawn to its end, not as high as a screen. */
const WHOLE =
  ".sk-dialog, .sk-modal, .sk-modal-body { max-height: none !important; overflow: visible !important }";

/** Why there can be no pictures here; undefined: there can. */
export function noPictures(): string | undefined {
  const binary = process.env["FIVEOHTWO_CHROMIUM"] ?? "/usr/bin/chromium";
  return existsSync(binary) ? undefined : `no Chromium at ${binary} (FIVEOHTWO_CHROMIUM names another)`;
}

/** Draws each piece as the playground's page shows it: NAME.png. @returns how many were drawn */
export async function takePictures(pieces: readonly Piece[], folder: string): Promise<number> {
  const workspace = await startWorkspace();
  // Taller than any piece: what is scrolled out of sight is not drawn.
  const browser = await startChromium(900, 12_000);
  try {
    const { page } = browser;
    // No app listens here, so a searched field has nothing to offer.
    await page.route("**/_page/act/suggest", (route) =>
      route.fulfill({ json: { ok: true, answer: { options: [], labels: [] } } }),
    );
    for (const piece of pieces) {
      const { query, selector } = await put(workspace, piece);
      await page.goto(`${workspace.url}?user=ada&${query}`, { waitUntil: "domcontentloaded" });
      // The page draws itself anew once when it becomes live.
      await page.waitForSelector("body[data-live]");
      if (piece.surface === "modal") await page.addStyleTag({ content: WHOLE });
      await page
        .locator(selector)
        .last()
        .screenshot({ path: join(folder, `${piece.name}.png`) });
      if (piece.surface === "modal") await workspace.closeView("ada");
      // The next page has the next message only.
      for (const message of workspace.messages("general")) removeMessage(workspace.state, message);
    }
    return pieces.length;
  } finally {
    await browser.close();
    await workspace.close();
  }
}

/** Puts a piece into the workspace and says where the page shows it. */
async function put(workspace: Workspace, piece: Piece): Promise<{ query: string; selector: string }> {
  const { state } = workspace;
  if (piece.surface === "modal") {
    const view = makeView(state, "U0ADA00001", { ...piece.payload });
    view.errors = { ...piece.errors };
    showView(state, view, "open");
    return { query: "channel=ops", selector: ".sk-modal" };
  }
  const home = piece.surface === "home";
  const [method, body] = home
    ? ["views.publish", { user_id: "U0ADA00001", view: piece.payload }]
    : ["chat.postMessage", { channel: "C0GENERAL1", ...piece.payload }];
  const answer = await fetch(`${workspace.apiUrl}${method}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${workspace.botToken}`,
      "content-type": "application/json; charset=utf-8",
    },
    body: JSON.stringify(body),
  });
  const said = await answer.text();
  if (!said.startsWith('{"ok":true')) throw new Error(`${piece.name} was refused: ${said.slice(0, 500)}`);
  return home
    ? { query: "home=home", selector: ".sk-home" }
    : { query: "channel=general", selector: ".sk-message" };
}
