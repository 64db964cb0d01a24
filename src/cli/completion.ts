import { GLOBAL, VERBS, wordsOf } from "../grammar/verbs.ts";
import type { Call } from "./call.ts";
import { type Answer, failure, USAGE } from "./output.ts";

/** `502 completion bash`: a script for the shell, made from the grammar; hosts are asked for when Tab is pressed. */
export function completionCommand(call: Call): Answer {
  const { shell = "" } = call.args;
  if (shell !== "bash")
    return failure(
      false,
      "usage",
      `there is no completion for "${shell}"`,
      "usage: 502 completion bash",
      USAGE,
    );
  return { exitCode: 0, out: bash() };
}

function bash(): string {
  const own = VERBS.filter((v) => v.where !== "slack");
  const options = (name: string): string => {
    const verb = own.find((v) => v.name === name);
    return Object.keys({ ...verb?.options, ...GLOBAL })
      .map((option) => `--${option}`)
      .join(" ");
  };
  const takesHost = own.filter((v) => v.args[0]?.name === "host" && v.name !== "diagnose").map((v) => v.name);
  return `# bash completion for 502; install: 502 completion bash > ~/.local/share/bash-completion/completions/502
_502() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]} options
  case $verb in
${wordsOf("terminal")
  .map((name) => `    ${name}) options="${options(name)}" ;;`)
  .join("\n")}
    *) options="${options("diagnose")}" ;;
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word")); return; fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${wordsOf("terminal").join(" ")} $(502 hosts 2>/dev/null)" -- "$word")); return
  fi
  case $verb in
    ${takesHost.join("|")}) COMPREPLY=($(compgen -W "$(502 hosts 2>/dev/null)" -- "$word")) ;;
    audit) COMPREPLY=($(compgen -W "verify show export" -- "$word")) ;;
    scenario) ((COMP_CWORD == 2)) && COMPREPLY=($(compgen -W add -- "$word")) || COMPREPLY=($(compgen -f -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _502 502
`;
}
