import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";

/** A fresh headless Chromium with one page; `FIVEOHTWO_CHROMIUM` names another binary than Debian's. */
export interface Browser {
  context: BrowserContext;
  page: Page;
  close: () => Promise<void>;
}

export async function startChromium(width = 1280, height = 860): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "fiveohtwo-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["FIVEOHTWO_CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width, height },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    context,
    page,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
