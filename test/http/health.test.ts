import { expect, test } from "vitest";
import { healthRoutes, listen, splitAddress } from "../../src/http/health.ts";

test("alive always; ready only without troubles, which are told as sentences", async () => {
  const troubles: string[] = [];
  const serving = await listen(
    healthRoutes(() => troubles),
    "127.0.0.1:0",
  );
  try {
    const get = (path: string): Promise<Response> => fetch(`http://${serving.address}${path}`);
    expect((await get("/healthz")).status).toBe(200);
    expect(await (await get("/readyz")).json()).toEqual({ ready: true, troubles: [] });
    troubles.push("The bot token was revoked.");
    const red = await get("/readyz");
    expect(red.status).toBe(503);
    expect(await red.json()).toEqual({ ready: false, troubles: ["The bot token was revoked."] });
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/")).status).toBe(404);
    await expect(
      listen(
        healthRoutes(() => []),
        serving.address,
      ),
    ).rejects.toThrow("another program listens there already");
  } finally {
    await serving.close();
  }
});

test("a warning is told, and the bot is ready all the same", async () => {
  const app = healthRoutes(
    () => [],
    () => ["The audit log's file is 2 entries behind."],
  );
  const answer = await app.request("/readyz");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    ready: true,
    warnings: ["The audit log's file is 2 entries behind."],
  });
});

test("addresses of both families", () => {
  expect(splitAddress("[::1]:5020")).toEqual({ hostname: "::1", port: 5020 });
  expect(splitAddress("127.0.0.1:5020")).toEqual({ hostname: "127.0.0.1", port: 5020 });
});
