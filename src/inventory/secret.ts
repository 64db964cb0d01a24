import { z } from "zod";
import { absolute, type Surroundings } from "./files.ts";

/** Where a secret is kept; never the secret itself. */
export type SecretPlace =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** `${NAME}` or `file:PATH`; anything else would be a secret in the file. */
export const SecretField = z.string().transform((text, context): SecretPlace => {
  const variable = /^\$\{([A-Za-z_]\w*)\}$/.exec(text)?.[1];
  if (variable !== undefined) return { kind: "env", name: variable };
  if (text.startsWith("file:") && text.length > 5) return { kind: "file", path: text.slice(5) };
  context.addIssue({
    code: "custom",
    message: "a secret must not stand in this file: write ${NAME} for an environment variable, or file:PATH",
  });
  return z.NEVER;
});

/** Fetches a secret. Throws Error with a sentence when the variable is unset or the file unreadable or empty. */
export function readSecret(place: SecretPlace, directory: string, around: Surroundings): string {
  if (place.kind === "env") {
    const value = around.env[place.name];
    if (value === undefined || value === "") {
      throw new Error(`The environment variable ${place.name} is not set; set it before the bot is started.`);
    }
    return value;
  }
  const path = absolute(place.path, directory, around.home);
  const text = around.read(path)?.trim();
  if (text === undefined || text === "") {
    throw new Error(
      `The secret file ${path} is empty or cannot be read; write the secret into it, mode 0600.`,
    );
  }
  return text;
}

/** True for a text that is a Slack token, wherever it stands. */
export function looksLikeToken(text: string): boolean {
  return /^(xox[abeoprs]|xapp)-[\w-]{8,}/.test(text);
}
