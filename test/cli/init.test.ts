import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { callOf } from "../../src/cli/call.ts";
import { type Dialogue, Stopped } from "../../src/cli/dialogue.ts";
import { initCommand } from "../../src/cli/init.ts";
import type { Answer } from "../../src/cli/output.ts";
import { readSettings } from "../../src/config.ts";
import { initPlace } from "../../src/init-place.ts";
import { startWorkspace, type Workspace } from "../../src/playground/workspace/start.ts";
import { readRecording } from "../../src/playground/replayed-host/recording.ts";
import { type ReplayedHosts, startReplayedHosts } from "../../src/playground/replayed-host/start.ts";
import { until } from "../support/place.ts";

vi.setConfig({ testTimeout: 300_000 });

let dir: string;
let ws: Workspace;
let hosts: ReplayedHosts | undefined;
const GONE = "Host gone-1\n  HostName 127.0.0.1\n  Port 1\n";
const KNOWN_ALONE = "Host shop-1\n  HostName 127.0.0.1\n  Port 2\n";
/** Everything that was said or asked. */
let said: string[];
/** How long it was waited, in milliseconds. */
let waits: number[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "fiveohtwo-init-"));
  vi.stubEnv("HOME", dir);
  vi.stubEnv("XDG_STATE_HOME", join(dir, "state"));
  vi.stubEnv("SLACK_BOT_TOKEN", undefined);
  vi.stubEnv("SLACK_APP_TOKEN", undefined);
  vi.stubEnv("DATABASE_URL", undefined);
  said = [];
  waits = [];
  ws = await startWorkspace();
  writeFileSync(join(dir, "ssh_config"), `${KNOWN_ALONE}${GONE}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hosts?.stop();
  hosts = undefined;
  await ws.close();
  rmSync(dir, { recursive: true, force: true });
});

/** shop-1 answers: a recorded host behind a real SSH server. */
async function shopAnswers(): Promise<void> {
  const recordings = join(import.meta.dirname, "../../src/playground/hosts");
  hosts = await startReplayedHosts(join(dir, "hosts"), [readRecording(recordings, "shop-1")]);
  const { port, identityFile, userKnownHostsFile } = hosts.entries["shop-1"] ?? {};
  const own = `HostName 127.0.0.1\n  Port ${port}\n  User ops\n  IdentityFile ${identityFile}\n  UserKnownHostsFile ${userKnownHostsFile}\n`;
  writeFileSync(join(dir, "ssh_config"), `Host shop-1\n  ${own}${GONE}`);
}

/** Somebody who types these lines; who has none left is gone. */
function person(...lines: string[]): Dialogue {
  const answer = async (question: string): Promise<string> => {
    said.push(question);
    const line = lines.shift();
    if (line === undefined) throw new Error(`nobody answers: ${question}`);
    return line;
  };
  return { interactive: true, say: (text) => void said.push(text), ask: answer, askHidden: answer };
}

/** As person; who has no line left presses Ctrl-C. */
function stopping(...lines: string[]): Dialogue {
  const answer = async (): Promise<string> => {
    const line = lines.shift();
    if (line === undefined) throw new Stopped();
    return line;
  };
  return { ...person(), ask: answer, askHidden: answer };
}

const nobody: Dialogue = { ...person(), interactive: false, say: (text) => void said.push(text) };
const config = (): string => join(dir, "502.yml");
const text = (): string => readFileSync(config(), "utf8");
const log = (): string => said.join("\n");

function init(talk: Dialogue, options: Record<string, string> = {}): Promise<Answer> {
  const call = callOf({
    verb: "init",
    args: {},
    options: { output: config(), "api-url": ws.apiUrl, ...options },
  });
  const wait = async (ms: number): Promise<void> => void waits.push(ms);
  return initCommand({ ...initPlace(), talk, wait }, call);
}

describe("a person sets it up", () => {
  test("from the manifest to the first diagnosis of a host", async () => {
    await shopAnswers();
    const { exitCode, out } = await init(person(ws.botToken, ws.appToken, join(dir, "ssh_config"), "shop-1"));
    expect(exitCode).toBe(0);
    expect(log()).toContain("socket_mode_enabled: true");
    expect(log()).toContain("https://api.slack.com/apps → Create New App → From a manifest");
    expect(log()).toContain("ok: Slack: the bot is @fiveohtwo of ");
    expect(log()).toContain("ok: Slack connection: Socket Mode gives one");
    expect(out).toContain("shop-api.service, the backend behind 127.0.0.1:3000, is stopped");
    expect(out).toContain("npm start");
    expect(out).toContain("type there: /502 shop-1");
    // What it wrote is what the bot reads.
    const { slack } = readSettings(config()).config;
    expect(slack?.botToken).toEqual({ kind: "file", path: join(dir, "state/fiveohtwo/slack-bot-token") });
  });

  test("from an Ansible inventory: what it says of a host is what the host is reached by", async () => {
    await shopAnswers();
    const { port, identityFile, userKnownHostsFile } = hosts?.entries["shop-1"] ?? {};
    mkdirSync(join(dir, ".ssh"));
    copyFileSync(String(userKnownHostsFile), join(dir, ".ssh/known_hosts"));
    const inventory = `[shop]\nshop-1 ansible_host=127.0.0.1 ansible_port=${port} ansible_user=ops ansible_ssh_private_key_file=${identityFile}\n`;
    writeFileSync(join(dir, "hosts.ini"), inventory);
    const { exitCode, out } = await init(person("", join(dir, "hosts.ini"), "shop-1"));
    expect(exitCode).toBe(0);
    expect(out).toContain("shop-api.service, the backend behind 127.0.0.1:3000, is stopped");
    // Its groups can be named by the policy.
    writeFileSync(config(), `${text()}policy: [{ who: [members], may: [diagnose], on: ["@shop"] }]\n`);
    expect(readSettings(config()).config.policy?.[0]?.on).toEqual(["@shop"]);
  });

  test("a broken Ansible inventory writes nothing: its line is named", async () => {
    const file = join(dir, "hosts.yml");
    writeFileSync(file, "all:\n  hosts:\n    web-1: { ansible_host: 10.0.0.1\n    web-2:\n");
    const alone = await init(nobody, { ansible: file, "ssh-config": join(dir, "ssh_config") });
    expect(alone).toMatchObject({ exitCode: 64, err: expect.stringContaining(`${file}:4: `) });
    await init(person("", file, "later"));
    expect(log()).toContain(`${file}:4: `);
    expect(existsSync(config())).toBe(false);
  });

  test("a folder of inventories: it is said what makes one file of it", async () => {
    mkdirSync(join(dir, "inv"));
    const alone = await init(nobody, { ansible: join(dir, "inv") });
    expect(alone).toMatchObject({ exitCode: 64, err: expect.stringContaining("ansible-inventory -i ") });
    await init(person("", join(dir, "inv"), "later"));
    expect(log()).toContain(`ansible-inventory -i ${join(dir, "inv")} --list > inv.json`);
  });

  test("no token is said, nor stands in 502.yml; their files are closed to others", async () => {
    const { out } = await init(person(ws.botToken, ws.appToken, join(dir, "ssh_config"), "later"));
    for (const token of [ws.botToken, ws.appToken]) expect(`${log()}${out}${text()}`).not.toContain(token);
    const state = join(dir, "state/fiveohtwo");
    expect(statSync(state).mode & 0o777).toBe(0o700);
    for (const [name, token] of [
      ["slack-bot-token", ws.botToken],
      ["slack-app-token", ws.appToken],
    ] as const) {
      expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(state, name), "utf8").trim()).toBe(token);
    }
  });

  test("tokens of the wrong kind are told apart, and asked for again", async () => {
    const bot = [ws.appToken, "xoxp-1234567890-12345", "xoxb-1", "hello", ws.botToken];
    await init(person(...bot, ws.botToken, ws.appToken, join(dir, "ssh_config"), "later"));
    expect(log()).toContain("This is the app-level token. Copy the bot token, which begins with xoxb-");
    expect(log()).toContain("a token of a person");
    expect(log()).toContain("This token is not whole");
    expect(log()).toContain("This is no such token");
    expect(log()).toContain("This is the bot token. Copy the app-level token, which begins with xapp-");
  });

  test("a token that Slack refuses is asked for again and never kept", async () => {
    const wrong = "xoxb-000000000000-000000000000";
    await init(person(wrong, ws.botToken, ws.appToken, join(dir, "ssh_config"), "later"));
    expect(log()).toContain("fails: Slack: Slack does not accept the bot token (invalid_auth)");
    expect(log()).toContain("Copy it again: OAuth & Permissions");
    expect(readFileSync(join(dir, "state/fiveohtwo/slack-bot-token"), "utf8").trim()).toBe(ws.botToken);
  });

  test("a missing permission is named with what to do, and Slack is asked again", async () => {
    await ws.close();
    ws = await startWorkspace({ botScopes: ["chat:write"] });
    const { out } = await init(
      person(ws.botToken, "", "later", ws.appToken, join(dir, "ssh_config"), "later"),
    );
    expect(log()).toContain("fails: Slack permissions: the app was installed without app_mentions:read");
    expect(log()).toContain("paste manifest.yml under App Manifest");
    expect(log()).toContain("Slack is left for later");
    // The tokens hold: they are not asked for a second time.
    expect(text()).toContain("slack-bot-token");
    expect(out).toContain(`give its two tokens to: 502 init --config ${config()} --api-url ${ws.apiUrl}\n`);
  });

  test("a token counts when it was checked, also where the person stops before the next one", async () => {
    const answer = await init(stopping(ws.botToken));
    const again = `502 init --config ${config()} --api-url ${ws.apiUrl}`;
    expect(answer).toEqual({
      exitCode: 1,
      err: `stopped\n  What is done stays; ${again} goes on from here.\n`,
    });
    expect(readFileSync(join(dir, "state/fiveohtwo/slack-bot-token"), "utf8").trim()).toBe(ws.botToken);
    // Where nobody can be asked for the rest, the hosts are written all the same.
    const output = join(dir, "other.yml");
    const alone = await init(nobody, { output, "ssh-config": join(dir, "ssh_config") });
    expect(alone.exitCode).toBe(0);
    expect(readFileSync(output, "utf8")).not.toContain("slack:");
    said = [];
    await init(person(ws.appToken, join(dir, "ssh_config"), "later"));
    expect(log()).not.toContain("Paste the bot token");
    expect(log()).toContain("Slack is set up.");
  });

  test.each([
    ["Slack asks to wait", { fault: "ratelimited", retryAfterSeconds: 30 }, [30_000, 30_000]],
    ["Slack has trouble", { fault: "server-error", status: 503 }, [2_000, 2_000]],
    ["Slack answers something else", { fault: "error", error: "internal_error" }, [5_000, 5_000]],
  ] as const)("%s: it is asked again, and no token is blamed", async (_, fault, waited) => {
    ws.faults.set({ rules: [{ ...fault, methods: ["auth.test"], times: 2 }] });
    await init(person(ws.botToken, ws.appToken, join(dir, "ssh_config"), "later"));
    expect(waits).toEqual(waited);
    expect(log()).toContain("ok: Slack: the bot is @fiveohtwo");
    expect(log()).not.toMatch(/Copy it again|was not checked/);
  });

  test.each([
    ["for too long", { fault: "ratelimited" as const, retryAfterSeconds: 30 }, 6],
    [
      "and asks for more patience than anybody has",
      { fault: "ratelimited" as const, retryAfterSeconds: 900 },
      0,
    ],
  ])("Slack is busy %s: the tokens are kept, and said to be unchecked", async (_, fault, asked) => {
    ws.faults.set({ rules: [{ ...fault, methods: ["auth.test", "apps.connections.open"] }] });
    const { exitCode, out } = await init(person(ws.botToken, ws.appToken, join(dir, "ssh_config"), "later"));
    expect(exitCode).toBe(0);
    expect(waits).toHaveLength(asked);
    expect(log()).toContain("not known: Slack: Slack asks to wait.");
    expect(log()).toContain(`the bot token was not checked: 502 doctor --config ${config()} will.`);
    expect(log()).toContain(`the app-level token was not checked: 502 doctor --config ${config()} will.`);
    expect(log()).toContain("Slack is set up, but did not say whether its tokens hold");
    for (const name of ["slack-bot-token", "slack-app-token"]) {
      expect(existsSync(join(dir, "state/fiveohtwo", name))).toBe(true);
      expect(text()).toContain(name);
    }
    expect(out).toContain("npm start");
  });

  test("an app-level token has sentences of its own, and its own place in Slack's pages", async () => {
    await init(
      person(ws.botToken, "xapp-1-A000-1111-deadbeef", ws.appToken, join(dir, "ssh_config"), "later"),
    );
    expect(log()).toContain(
      "fails: Slack connection: Slack does not accept the app-level token (invalid_auth).",
    );
    expect(log()).toContain(
      "with connections:write on the app's page under Basic Information, App-Level Tokens.",
    );
    expect(log()).not.toMatch(/fails: .*bot token|Bot User OAuth Token of|manifest.yml again/);
    expect(readFileSync(join(dir, "state/fiveohtwo/slack-app-token"), "utf8").trim()).toBe(ws.appToken);
  });

  test("an app-level token without connections:write: another one is asked for, not the manifest", async () => {
    ws.faults.set({
      rules: [{ fault: "error", error: "missing_scope", methods: ["apps.connections.open"], times: 1 }],
    });
    await init(person(ws.botToken, ws.appToken, ws.appToken, join(dir, "ssh_config"), "later"));
    expect(log()).toContain("The app-level token lacks connections:write (missing_scope).");
    expect(log()).not.toContain("manifest.yml again");
  });

  test("in HTTP mode Slack is asked about the bot token, which is the only one", async () => {
    const before =
      "slack: { mode: http }\nhosts:\n  shop-1: { hostName: 127.0.0.1, port: 1 }\nsshConfig: false\n";
    writeFileSync(config(), before);
    vi.stubEnv("SLACK_BOT_TOKEN", "xoxb-000000000000-000000000000");
    await init(person("later", "later"));
    expect(log()).toContain("fails: Slack: Slack does not accept the bot token (invalid_auth)");
    expect(log()).toContain("set SLACK_BOT_TOKEN anew, then: 502 init --config ");
    expect(log()).toContain("Slack is left for later.");
    said = [];
    vi.stubEnv("SLACK_BOT_TOKEN", ws.botToken);
    await init(person("later"));
    expect(log()).toContain("ok: Slack: the bot is @fiveohtwo");
    expect(log()).toContain("Slack takes the bot token. It checks the Request URL itself");
    expect(log()).toContain(`${config()}: 1 host; it exists already`);
    expect(text()).toBe(before);
  });

  test("whoever stops after the tokens goes on from there", async () => {
    await expect(init(person(ws.botToken, ws.appToken))).rejects.toThrow("nobody answers");
    expect(existsSync(config())).toBe(false);
    said = [];
    await init(person(join(dir, "ssh_config"), "later"));
    expect(log()).not.toContain("Paste the bot token");
    expect(log()).toContain("Slack is set up.");
    const written = text();
    said = [];
    const last = await init(person("shop-2", "later"));
    expect(last.exitCode).toBe(0);
    expect(log()).toContain("it exists already and is kept");
    expect(log()).toContain('There is no host shop-2: did you mean "shop-1"?');
    expect(text()).toBe(written);
  });

  test("a terminal's 502.yml gets its slack: section at the end, and nothing else of it changes", async () => {
    const before = "# mine\nhosts:\n  shop-1: { hostName: 127.0.0.1, port: 1 }   # odd\nsshConfig: false";
    writeFileSync(config(), before);
    await init(person(ws.botToken, ws.appToken, "later"));
    expect(text().startsWith(`${before}\nslack:\n`)).toBe(true);
    expect(readSettings(config()).config.slack?.appToken).toMatchObject({ kind: "file" });
  });

  test("without any file of hosts, one is typed as after ssh", async () => {
    await init(person("", "", "ops@127.0.0.1:2222", "later"));
    expect(log()).toContain(`${join(dir, ".ssh/config")} cannot be found`);
    expect(readSettings(config()).config.hosts["127.0.0.1"]).toMatchObject({ user: "ops", port: 2222 });
  });

  test.each([
    ["hosts.ini", "/hosts.ini cannot be found"],
    ["inventory.yml", "/inventory.yml cannot be found"],
    ["./web", "/web cannot be found"],
    ["~/nothing", "/nothing cannot be found"],
    ["/srv/hosts", "/srv/hosts cannot be found"],
    ["web 1", '"web 1" is neither a file here nor a host'],
    ["ops@web-1:99999", "is neither a file here nor a host"],
    ["hosts", '"hosts" is neither a file here nor a host'],
    ["xoxb-123456789012-abcdefghijkl", "A token of Slack's is neither a file here nor a host"],
  ])("%s is no host: it is asked for again, and nothing is written", async (typed, because) => {
    const { exitCode, out } = await init(person("", typed, "later"));
    expect(log()).toContain(because);
    expect(exitCode).toBe(0);
    expect(out).toContain(`Hosts are left for later: without one, ${config()} is not written.`);
    expect(existsSync(config())).toBe(false);
  });

  test("a bare word is a host after a yes only, and takes what SSH says of it", async () => {
    await init(person("", "latre", "", "web1", "yes", "later"));
    expect(log()).toContain("There is no file latre here. Is it a host, reached by: ssh latre?");
    expect(Object.keys(readSettings(config()).config.hosts)).toEqual(["web1"]);
    expect(text()).not.toContain("hostName:");
  });

  test.each([
    ["web-1.example.test", "web-1.example.test", {}],
    ["ssh ops@web1", "web1", { user: "ops" }],
    ["web1:2222", "web1", { port: 2222 }],
    ["ops@[2001:db8::6]:22", "2001-db8--6", { user: "ops", port: 22, hostName: "2001:db8::6" }],
    ["::1", "0--1", { hostName: "::1" }],
  ])("%s is a host", async (typed, name, entry) => {
    await init(person("", typed, "later"));
    expect(readSettings(config()).config.hosts).toEqual({ [name]: { ...entry, groups: [], addresses: [] } });
  });

  test("~ is home, also where a shell leaves it in an option", async () => {
    await init(person("", "~/ssh_config", "later"));
    expect(readSettings(config()).config.sshConfig).toEqual([join(dir, "ssh_config")]);
    const other = { output: "~/other.yml", "ssh-config": "~/ssh_config" };
    expect((await init(nobody, other)).exitCode).toBe(0);
    expect(existsSync(join(dir, "other.yml"))).toBe(true);
  });

  test("where $FIVEOHTWO_CONFIG names the configuration it is written there, and needs no option", async () => {
    vi.stubEnv("FIVEOHTWO_CONFIG", config());
    const call = callOf({ verb: "init", args: {}, options: {} });
    const { out } = await initCommand({ ...initPlace(), talk: person("", "~/ssh_config", "later") }, call);
    expect(text()).toContain("shop-1");
    expect(out).toContain("  502 doctor gone-1      what is missing there");
    expect(out).toContain("then give its two tokens to: 502 init\n");
    // The bot is started elsewhere, maybe without that variable.
    expect(out).toContain(`npm start -- --config ${config()} `);
  });

  test("a host that cannot be reached: what is missing is looked for next", async () => {
    const { exitCode, out } = await init(person("", join(dir, "ssh_config"), "gone-1"));
    expect(exitCode).toBe(3);
    expect(out).toContain(`Next: 502 doctor gone-1 --config ${config()} says what is missing there`);
    expect(out).toContain(`then again: 502 init --config ${config()} `);
  });
});

describe("without a person", () => {
  const tokens = (
    content = `SLACK_APP_TOKEN=${ws.appToken}\nexport SLACK_BOT_TOKEN="${ws.botToken}"\n`,
  ): string => {
    writeFileSync(join(dir, "tokens"), content);
    return join(dir, "tokens");
  };

  test("flags say everything", async () => {
    await shopAnswers();
    const { exitCode, out } = await init(nobody, {
      tokens: tokens(),
      "ssh-config": join(dir, "ssh_config"),
      diagnose: "shop-1",
    });
    expect(exitCode).toBe(0);
    expect(out).toContain("shop-api.service");
    expect(text()).toContain("slack:");
  });

  test("tokens of the environment stay there", async () => {
    vi.stubEnv("SLACK_BOT_TOKEN", ws.botToken);
    vi.stubEnv("SLACK_APP_TOKEN", ws.appToken);
    await init(nobody, { "ssh-config": join(dir, "ssh_config") });
    expect(text()).toContain("botToken: ${SLACK_BOT_TOKEN}");
    expect(existsSync(join(dir, "state/fiveohtwo/slack-bot-token"))).toBe(false);
  });

  test("what fails stops it there, with what to do next", async () => {
    const ssh = { "ssh-config": join(dir, "ssh_config") };
    expect(await init(nobody, { ...ssh, tokens: tokens(ws.botToken) })).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("No xapp- token was given: Basic Information"),
    });
    const wrong = tokens(`xoxb-000000000000-0000\n${ws.appToken}`);
    expect(await init(nobody, { ...ssh, tokens: wrong })).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/does not accept the bot token[^]*Copy it again[^]*goes on from here/),
    });
    const away = await init(nobody, { ...ssh, tokens: tokens(), "api-url": "http://127.0.0.1:9/api/" });
    expect(away.err).toMatch(/cannot be reached[^]*HTTPS_PROXY/);
    expect(existsSync(config())).toBe(false);
    const unknown = await init(nobody, { ...ssh, tokens: tokens(), diagnose: "shop-3" });
    expect(unknown).toMatchObject({ exitCode: 64, err: expect.stringContaining("there is no host shop-3") });
  });
});

describe("files that cannot be read or written: a sentence, before anything is asked", () => {
  const asRoot = process.getuid?.() === 0;
  const closed = (): string => {
    mkdirSync(join(dir, "closed"), { mode: 0o500 });
    return join(dir, "closed");
  };

  test("502.yml in a folder that does not exist", async () => {
    const output = join(dir, "a/b/502.yml");
    const answer = await init(person(), { output });
    const err = `the folder of ${output} does not exist\n  make it: mkdir -p ${join(dir, "a/b")}; or choose another place with --output FILE\n`;
    expect(answer).toEqual({ exitCode: 64, err });
  });

  test("502.yml below a file, and one that is a folder", async () => {
    const below = await init(person(), { output: join(dir, "ssh_config/502.yml") });
    expect(below).toMatchObject({
      exitCode: 64,
      err: expect.stringContaining("a part of this path is a file"),
    });
    const folder = await init(person(), { output: dir });
    expect(folder).toMatchObject({
      exitCode: 64,
      err: expect.stringContaining(`${dir} cannot be read: it is a folder`),
    });
  });

  test.skipIf(asRoot)("502.yml or the state in a folder that is closed to us", async () => {
    const output = join(closed(), "502.yml");
    const answer = await init(person(), { output });
    const err = `${output} cannot be written: this account has no right to it\n  choose another place with --output FILE\n`;
    expect(answer).toEqual({ exitCode: 64, err });
    vi.stubEnv("XDG_STATE_HOME", join(dir, "closed"));
    expect(await init(person())).toMatchObject({
      exitCode: 64,
      err: expect.stringMatching(
        /slack-bot-token cannot be written: .*\n {2}choose another place with XDG_STATE/,
      ),
    });
  });

  test("the state's place is a file", async () => {
    vi.stubEnv("XDG_STATE_HOME", join(dir, "ssh_config"));
    expect(await init(person())).toMatchObject({
      exitCode: 64,
      err: expect.stringContaining("slack-bot-token cannot be written: a part of this path is a file"),
    });
  });

  test("no file of tokens, a folder, and one without any", async () => {
    const answers = [join(dir, "none"), dir, join(dir, "ssh_config")].map((tokens) =>
      init(nobody, { tokens }),
    );
    const [none, folder, empty] = await Promise.all(answers);
    expect(none).toMatchObject({
      exitCode: 64,
      err: expect.stringContaining(`${join(dir, "none")} cannot be read`),
    });
    expect(folder?.err).toContain("it is a folder");
    expect(empty?.err).toContain(`no xoxb- or xapp- token is in ${join(dir, "ssh_config")}`);
    for (const answer of [none, folder, empty]) expect(answer?.err).toContain("--tokens FILE");
  });
});

test.runIf(existsSync("/usr/bin/script"))("a real terminal shows no token that is typed", async () => {
  const bin = join(import.meta.dirname, "../../bin/502.js");
  const command = `"${process.execPath}" "${bin}" init --output "${config()}" --api-url "${ws.apiUrl}"`;
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
    cwd: dir,
    env: { ...process.env },
  });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  const answer = async (question: string, line: string): Promise<void> => {
    await until(`it asks: ${question}`, () => shown.includes(question), 90_000);
    shown = shown.replace(question, "");
    child.stdin.write(`${line}\r`);
  };
  const whole: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => whole.push(chunk.toString()));
  await answer("Paste the bot token", ws.botToken);
  await answer("Paste the app-level token", ws.appToken);
  await answer("Hosts from which file?", join(dir, "ssh_config"));
  await answer("Which host is looked at first?", "later");
  await new Promise((resolve) => child.once("close", resolve));
  expect(whole.join("")).toContain("npm start");
  expect(whole.join("")).not.toContain(ws.botToken.slice(5));
  expect(whole.join("")).not.toContain(ws.appToken.slice(5));
  expect(text()).toContain("slack-app-token");
});
