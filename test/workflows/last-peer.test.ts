import { expect, test } from "vitest";
import type { BoundFix } from "../../src/domain/fix.ts";
import type { Reply } from "../support/fake-host.ts";
import { aBoundFix, Stage } from "../support/fix-stage.ts";

const RESTART = "systemctl restart shop@1.service";

/** A restart of the first of two peers that both answered at the diagnosis. */
function restart(others: NonNullable<BoundFix["peers"]>["others"]): Stage {
  const [start] = aBoundFix().commands;
  const s = new Stage({
    commands: [{ ...start!, argv: RESTART.split(" ") }],
    preconditions: [],
    peers: { group: "shop", own: { target: "127.0.0.1:3000", scheme: "http" }, others },
  });
  s.host.start();
  return s;
}

const SECOND = [{ target: "127.0.0.1:3001", scheme: "http" }];
const REFUSED: Reply = { stdout: "000 0.001\n", exitCode: 7 };

async function ended(s: Stage): Promise<string> {
  await s.set();
  const id = await s.approved();
  await s.work();
  const a = await s.store.approval(id);
  return s.host.ran.includes(RESTART) ? "ran" : (a?.why ?? "");
}

test("the other peer answers still: it runs", async () => {
  const s = restart(SECOND);
  s.host.peers.set("127.0.0.1:3001", { stdout: "200 0.003\n" });
  expect(await ended(s)).toBe("ran");
});

test.each<[string, Reply, string]>([
  ["refuses the connection now", REFUSED, "127.0.0.1:3001 does not answer"],
  ["answers with a 503 now", { stdout: "503 0.003\n" }, "127.0.0.1:3001 does not answer"],
  ["cannot be asked", { end: "missing", exitCode: 127 }, "127.0.0.1:3001 could not be asked"],
])("the other peer %s: it is refused, in words", async (_, reply, said) => {
  const s = restart(SECOND);
  s.host.peers.set("127.0.0.1:3001", reply);
  expect(await ended(s)).toBe(
    `Nothing was run: 127.0.0.1:3000 is the last peer of shop that answers (${said}). Bring another one back first, then press the button again.`,
  );
});

test("one of three is enough", async () => {
  const s = restart([...SECOND, { target: "127.0.0.1:3002", scheme: "http" }]);
  s.host.peers.set("127.0.0.1:3001", REFUSED);
  s.host.peers.set("127.0.0.1:3002", { stdout: "404 0.003\n" });
  expect(await ended(s)).toBe("ran");
});

test("who does not answer itself has nothing to lose", async () => {
  const s = restart(SECOND);
  s.host.peers.set("127.0.0.1:3001", REFUSED);
  s.host.peers.set("127.0.0.1:3000", REFUSED);
  expect(await ended(s)).toBe("ran");
});

test("a peer that speaks no HTTP answers when it accepts, a socket when somebody listens", async () => {
  const s = restart([{ target: "127.0.0.1:9000", scheme: "fastcgi" }]);
  s.host.peers.set("127.0.0.1:9000", { stdout: "000 0.001\n", exitCode: 56 });
  expect(await ended(s)).toBe("ran");
  const socket = restart([{ target: "unix:/run/shop.sock", scheme: "http" }]);
  expect(await ended(socket)).toContain("unix:/run/shop.sock does not answer");
});
