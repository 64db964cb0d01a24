/** What somebody who can name a host, write a log line or press a button might put there. */

/** A file that exists only if one of the payloads was executed. */
export const CANARY = "pwned";

const SHELL = [
  `; touch ${CANARY}`,
  `| touch ${CANARY}`,
  `|| touch ${CANARY}`,
  `&& touch ${CANARY} #`,
  `& touch ${CANARY} &`,
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `'; touch ${CANARY}; '`,
  `"; touch ${CANARY}; "`,
  `'"'"'; touch ${CANARY} #`,
  `\\'; touch ${CANARY}`,
  `\n touch ${CANARY}\n`,
  `\r\ntouch ${CANARY}`,
  `> ${CANARY}`,
  `>>${CANARY} <&0`,
  `<(touch ${CANARY})`,
  `\${IFS}touch\${IFS}${CANARY}`,
  `$((\`touch ${CANARY}\`))`,
  `{touch,${CANARY}}`,
  `!touch ${CANARY}`,
  `~root/*; touch ${CANARY}`,
  `-o ProxyCommand=touch ${CANARY}`,
  `--exec=touch ${CANARY}`,
  `-rf --no-preserve-root /`,
  `%n%s%x; touch ${CANARY}`,
  `EOF\ntouch ${CANARY}\nEOF`,
  `go 1\ntouch ${CANARY}`,
];

const MRKDWN = [
  "<!channel>",
  "<!here|all of you>",
  "<!everyone>",
  "<@U0EVIL0001>",
  "U0EVIL0001",
  "<!subteam^S0EVIL001>",
  "<#C0EVIL001|general>",
  "<https://evil.example|click to approve>",
  "&lt;!channel&gt;",
  "*bold* _italic_ ~struck~",
  "```\nfenced\n```",
  "`code`",
  "> quoted\n> again",
  ":rotating_light: :white_check_mark: Fixed",
  '","blocks":[{"type":"divider"}],"x":"',
];

const TERMINAL = [
  "\u001b[31mred\u001b[0m",
  "\u001b[2J\u001b[H[healthy]  all is well",
  "\u001b]0;owned\u0007",
  "\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
  '\u001bP$q"p\u001b\\',
  "\u009b31mred",
  "\u009d0;owned\u009c",
  "\u001bc",
  "line\r[healthy]  all is well",
  "back\b\b\b\b\bforward",
  "\u0007\u0007\u0007",
  "\u202egnp.exe\u202c",
  "\u2066hidden\u2069",
];

const SQL = [
  "'; drop table run; --",
  "' or '1'='1",
  '"; delete from approval; --',
  "1); insert into vote values ('x','y',0,null); --",
  "\\'; truncate audit; --",
  "$$; drop table lease; $$",
];

/** Every payload, once. */
export const PAYLOADS: readonly string[] = [...SHELL, ...MRKDWN, ...TERMINAL, ...SQL];

/** Where each of them is tried. */
export const PLACES = ["host", "vhost", "unit", "log line", "file", "Slack payload"] as const;
export type PlaceOf = (typeof PLACES)[number];

export interface Hostile {
  readonly place: PlaceOf;
  readonly payload: string;
  /** The payload as it would stand in that place. */
  readonly text: string;
}

const DRESS: Readonly<Record<PlaceOf, (payload: string) => string>> = {
  host: (payload) => payload,
  "Slack payload": (payload) => payload,
  vhost: (payload) => `${payload}.example.test`,
  unit: (payload) => `${payload}.service`,
  file: (payload) => `/etc/nginx/conf.d/${payload}.conf`,
  "log line": (payload) =>
    `2026/11/20 12:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: ${payload}, request: "GET /${payload} HTTP/1.1", upstream: "http://127.0.0.1:3000/", host: "${payload}"`,
};

export const HOSTILE: readonly Hostile[] = PLACES.flatMap((place) =>
  PAYLOADS.map((payload) => ({ place, payload, text: DRESS[place](payload) })),
);
