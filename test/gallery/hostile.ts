/** What a host may say: long, many lines, markup, emoji, both directions, terminal escapes. */
export const HOSTILE: Readonly<Record<string, string>> = {
  "long-line": "x".repeat(3_000),
  "many-lines": Array.from({ length: 10_000 }, (_, i) => `line ${i} of the log`).join("\n"),
  mrkdwn: "<!channel> *b* _i_ ~s~ `c` ```pre``` <https://evil.example|click> &amp; <@U0ADA00001> :tada:",
  emoji: "\u{1F600}\u{1F469}\u{200d}\u{1F692}".repeat(500),
  "right-to-left": "\u202etxt.exe\u2066 שלום עולם مرحبا بالعالم",
  escapes: "\u001b[31mred\u001b[0m \u001b]0;title\u0007\u0000\u0007 after",
};
