import { expect, test } from "vitest";
import { answer, config, DIRECT_REFUSED, errorLine, listens, look } from "./small-host.ts";

/** A shop whose requests are mirrored to a peer that refuses them. */
const shop = (mirror: string, shadow: string): string =>
  `events {}\nhttp {\n server {\n listen 80; server_name shop.example.test;\n location / { ${mirror} proxy_pass http://127.0.0.1:3000; }\n ${shadow}\n }\n}`;

const seen = async (text: string, subrequest: string) =>
  await look({
    "nginx-config": config(text),
    "tcp-listeners": listens("127.0.0.1:3000", { name: "node", pid: 4711 }, "shop.service"),
    "error-log": `${LINE.replace(", upstream:", `, subrequest: "${subrequest}", upstream:`)}\n`,
    front: answer(200),
    direct: (argv) => (argv.at(-1)?.includes("3999") === true ? DIRECT_REFUSED : answer(200)),
  });

const LINE = errorLine(
  60,
  "connect() failed (111: Connection refused) while connecting to upstream",
  "http://127.0.0.1:3999/",
);
const SHADOW = "location = /_shadow { internal; proxy_pass http://127.0.0.1:3999; }";

test("what mirrored requests meet is nobody's trouble, and is said beside", async () => {
  const { model } = await seen(shop("mirror /_shadow;", SHADOW), "/_shadow");
  expect(model.targets.map(({ target }) => target)).toEqual(["127.0.0.1:3000"]);
  expect(model.unrelated).toContain("mirrored requests to 127.0.0.1:3999 fail; no client gets their answers");
});

test.each(["auth_request /_shadow;", "mirror /_shadow; auth_request /_shadow;"])(
  "a subrequest whose answer matters is looked at: %s",
  async (asks) => {
    const { model } = await seen(shop(asks, SHADOW), "/_shadow");
    expect(model.targets.map(({ target }) => target)).toContain("127.0.0.1:3999");
    expect(model.unrelated).toEqual([]);
  },
);

test("a mirror that clients may ask themselves is looked at", async () => {
  const open = SHADOW.replace("internal; ", "");
  const { model } = await seen(shop("mirror /_shadow;", open), "/_shadow");
  expect(model.targets.map(({ target }) => target)).toContain("127.0.0.1:3999");
});
