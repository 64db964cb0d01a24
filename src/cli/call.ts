import type { Request } from "../grammar/parse.ts";

/** One command of the terminal with what its verb needs to read it. */
export interface Call {
  readonly args: Request["args"];
  readonly json: boolean;
  flag(name: string): boolean;
  text(name: string): string | undefined;
}

export function callOf({ args, options }: Request): Call {
  return {
    args,
    json: options["json"] === true,
    flag: (name) => options[name] === true,
    text: (name) => {
      const value = options[name];
      return typeof value === "string" ? value : undefined;
    },
  };
}
