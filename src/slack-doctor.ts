import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT, type Settings } from "./config.ts";
import { namedPlaces } from "./named-places.ts";
import { readSecret } from "./inventory/secret.ts";
import type { Finding } from "./workflows/examine-host.ts";
import type { Patience, SlackFinding } from "./workflows/slack-finding.ts";

const CONNECT_MS = 2_000;

const Manifest = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });

/** What `502 doctor` finds out about Slack with the tokens that 502.yml names; nothing where they cannot be read. */
export async function slackFindings(
  {
    config,
    inventory,
    around,
  }: Pick<Settings, "config" | "around"> & { readonly inventory: Pick<Settings["inventory"], "directory"> },
  schedules: Parameters<typeof namedPlaces>[1] = [],
): Promise<Finding[]> {
  const { slack } = config;
  if (slack === undefined) return [];
  let botToken: string;
  let appToken: string | undefined;
  try {
    const read = (place: typeof slack.botToken, name: string): string =>
      readSecret(place ?? { kind: "env", name }, inventory.directory, around);
    botToken = read(slack.botToken, "SLACK_BOT_TOKEN");
    appToken = slack.mode === "socket" ? read(slack.appToken, "SLACK_APP_TOKEN") : undefined;
  } catch (error) {
    const detail = `cannot be asked: ${error instanceof Error ? error.message : String(error)}`;
    return [{ what: "Slack", outcome: "unknown", detail }];
  }
  const asked = await askSlack({
    botToken,
    appToken,
    apiUrl: slack.apiUrl,
    places: namedPlaces({ config }, schedules),
  });
  return slack.mode === "socket" ? asked : [...asked, await requestsOf(slack, inventory.directory, around)];
}

/** Of HTTP mode: whether the requests' signatures can be judged, and whether somebody listens for them. */
async function requestsOf(
  slack: NonNullable<Settings["config"]["slack"]>,
  directory: string,
  around: Settings["around"],
): Promise<Finding> {
  const what = "Slack requests";
  const secret = slack.signingSecret ?? { kind: "env" as const, name: "SLACK_SIGNING_SECRET" };
  try {
    readSecret(secret, directory, around);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const mend = ["it stands on the app's page under Basic Information, Signing Secret"];
    return { what, outcome: "fail", detail, mend };
  }
  const { splitAddress } = await import("./http/health.ts");
  const { hostname, port } = splitAddress(slack.listen);
  if (await answers(hostname, port))
    return { what, outcome: "pass", detail: `taken at http://${hostname}:${port}/slack/events` };
  const mend = ["npm start", "or say under slack: listen: at which address the bot is to listen"];
  return { what, outcome: "warn", detail: `nobody listens at ${hostname}:${port}`, mend };
}

/** Whether anything listens there. */
async function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** Asks Slack about tokens: whose bot it is, which of the manifest's permissions are missing, and for a connection. */
export async function askSlack(asked: {
  /** Each is asked about where it is given. */
  readonly botToken: string | undefined;
  readonly appToken: string | undefined;
  readonly apiUrl: string | undefined;
  readonly patience?: Patience;
  readonly places?: ReturnType<typeof namedPlaces>;
}): Promise<SlackFinding[]> {
  const { botToken, appToken, apiUrl, patience } = asked;
  const manifest = Manifest.parse(parse(readFileSync(join(ROOT, "manifest.yml"), "utf8")));
  const { examineWorkspace } = await import("./slack/examine-workspace.ts");
  return examineWorkspace({
    ...(botToken === undefined ? {} : { botToken }),
    ...(patience === undefined ? {} : { patience }),
    ...(appToken === undefined ? {} : { appToken }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(asked.places === undefined ? {} : { places: asked.places }),
    scopes: manifest.oauth_config.scopes.bot,
  });
}
