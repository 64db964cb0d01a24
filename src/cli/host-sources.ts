import { existsSync } from "node:fs";
import { join } from "node:path";
import { looksLikeToken } from "../inventory/secret.ts";
import type { Call } from "./call.ts";
import { pathOf, readHostAnswer } from "./host-answer.ts";
import { type InitPlace, LATER } from "./init-place.ts";
import { type Answer, failure, USAGE } from "./output.ts";

/** Where the hosts are taken from. */
export interface HostSources {
  readonly ssh: readonly string[];
  readonly ansible: readonly string[];
  /** Typed as after ssh, by name. */
  readonly typed: Readonly<Record<string, object>>;
}

const OPTIONS = ["ssh-config", "ansible"] as const;
export const OTHERWISE = "Name another file, or one host as you type it after ssh: ops@198.51.100.6";

/** The files that the call names, absolute. */
export function namedSources({ around }: InitPlace, call: Call): string[] {
  return OPTIONS.flatMap((name) => named(name, call, around.home));
}

function named(option: (typeof OPTIONS)[number], call: Call, home: string): string[] {
  const file = call.text(option);
  return file === undefined ? [] : [pathOf(file, home)];
}

/** The files that the call names; else what the person names; where nobody can be asked, ~/.ssh/config. */
export async function hostSources(place: InitPlace, call: Call): Promise<HostSources | Answer | "later"> {
  const { around, talk } = place;
  const files = namedSources(place, call);
  const absent = files.find((file) => !existsSync(file));
  if (absent !== undefined)
    return failure(false, "no-file", `${absent} cannot be found`, "correct --ssh-config or --ansible", USAGE);
  const ssh = named("ssh-config", call, around.home);
  if (files.length > 0) return { ssh, ansible: named("ansible", call, around.home), typed: {} };
  const usual = join(around.home, ".ssh", "config");
  return talk.interactive ? ask(place, usual) : { ssh: [usual], ansible: [], typed: {} };
}

async function ask({ around, talk }: InitPlace, usual: string): Promise<HostSources | "later"> {
  const offer = existsSync(usual) ? ` [${usual}]` : "";
  for (;;) {
    const text = await talk.ask(
      `Hosts from which file? An SSH configuration${offer}, an Ansible inventory, one host as after ssh, or "${LATER}": `,
    );
    if (text === LATER) return LATER;
    const answer = readHostAnswer(text === "" ? usual : text, around.home);
    if (answer.kind === "file") {
      const isSsh = /^\s*(?:Host|Match|Include)\s/im.test(around.read(answer.path) ?? "");
      return { ssh: isSsh ? [answer.path] : [], ansible: isSsh ? [] : [answer.path], typed: {} };
    }
    if (answer.kind === "host" && (answer.sure || (await isHost(talk, text))))
      return { ssh: [], ansible: [], typed: { [answer.name]: answer.entry } };
    if (answer.kind === "absent") talk.say(`  ${answer.path} cannot be found. ${OTHERWISE}`);
    if (answer.kind === "neither") {
      const what = looksLikeToken(text) ? "A token of Slack's" : `"${text}"`;
      talk.say(`  ${what} is neither a file here nor a host. ${OTHERWISE}`);
    }
  }
}

/** A word may be a file's name, misspelt. */
async function isHost(talk: InitPlace["talk"], text: string): Promise<boolean> {
  const said = await talk.ask(
    `There is no file ${text} here. Is it a host, reached by: ssh ${text}? "yes", or Enter to name another: `,
  );
  return /^y(?:es)?$/i.test(said);
}
