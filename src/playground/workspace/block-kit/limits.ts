/** Slack's limits, from its Block Kit reference; lengths are in characters. */
export const LIMITS = {
  messageText: 40_000,
  attachments: 100,
  metadata: 8_000,
  totalCharacters: 13_000,
  blocks: { message: 50, modal: 100, home: 100 },
} as const;
