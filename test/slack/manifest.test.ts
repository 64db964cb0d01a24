import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { APP } from "../../src/playground/workspace/seed.ts";
import { SHORTCUTS } from "../../src/slack/ids.ts";
import { VERBS } from "../../src/grammar/verbs.ts";

const here = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");
const manifest: unknown = parse(here("../../manifest.yml"));

const Shape = z.object({
  display_information: z.object({ name: z.string(), description: z.string(), long_description: z.string() }),
  features: z.object({
    shortcuts: z.array(z.object({ callback_id: z.string(), name: z.string(), type: z.string() })),
    slash_commands: z.array(
      z.object({ command: z.string(), description: z.string(), usage_hint: z.string() }),
    ),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()) }) }),
});

test("Slack's own schema takes the manifest", () => {
  const schema: unknown = JSON.parse(here("../support/slack-manifest.v2.schema.json"));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(z.record(z.string(), z.unknown()).parse(schema));
  validate(manifest);
  expect(validate.errors ?? []).toEqual([]);
  expect(validate({ ...z.record(z.string(), z.unknown()).parse(manifest), display_information: {} })).toBe(
    false,
  );
});

test("lengths, the usage hint of the one table, and the scopes the adapter's calls need", () => {
  const { display_information: about, features, oauth_config, settings } = Shape.parse(manifest);
  // The simulated workspace has the app that the manifest describes.
  expect(APP.shortcuts).toEqual(
    features.shortcuts.map(({ callback_id: callbackId, name, type }) => ({ callbackId, name, type })),
  );
  expect(APP.commands).toEqual(
    features.slash_commands.map((c) => ({
      name: c.command,
      description: c.description,
      usage: c.usage_hint,
    })),
  );
  expect(about.name.length).toBeLessThanOrEqual(35);
  expect(about.description.length).toBeLessThanOrEqual(140);
  expect(about.long_description.length).toBeGreaterThanOrEqual(175);
  expect(about.long_description.length).toBeLessThanOrEqual(4_000);
  expect(features.slash_commands).toMatchObject([{ command: "/502", usage_hint: VERBS[0]?.usage }]);
  expect(Object.values(SHORTCUTS).toSorted()).toEqual(
    features.shortcuts.map((s) => s.callback_id).toSorted(),
  );
  expect(oauth_config.scopes.bot).toEqual(
    expect.arrayContaining([
      "chat:write",
      "commands",
      "users:read",
      "usergroups:read",
      "channels:history",
      "channels:read",
      "groups:read",
      "groups:history",
      "im:history",
      "im:write",
    ]),
  );
  expect(settings.event_subscriptions.bot_events).toEqual(["app_home_opened", "app_mention", "message.im"]);
});
