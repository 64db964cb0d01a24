import { expect, test } from "vitest";
import { misuse } from "../../src/playbook/injection.ts";
import { load, said } from "./small-model.ts";

test.each([
  [["systemctl", "start", "--", "${unit.id}"]],
  [["rm", "/run/${host.owner}.sock"]],
  [["env", "PM2_HOME=${host.owner}", "pm2", "restart", "${host.name}"]],
  [["runuser", "-u", "${host.owner}", "--", "pm2", "restart", "${host.name}"]],
  [["sudo", "-u", "${host.owner}", "--", "systemctl", "--user", "start", "${unit.id}"]],
  [["sh", "-c", 'cat "$1" > "$2"', "sh", "${host.line}", "${host.name}"]],
  [["sh", "-c", "echo $${HOME}"]],
  [["timeout", "5", "--", "nginx", "-t"]],
])("%j is safe", (argv) => {
  expect(misuse(argv)).toBeUndefined();
});

test.each([
  [["${host.owner}"], 0],
  [["sh", "-c", "rm ${host.line}"], 2],
  [["/bin/bash", "-ec", "rm ${host.line}"], 2],
  [["bash", "-c", "${host.line}"], 2],
  [["sh", "${host.line}"], 1],
  [["sh", "-c", "true", "${host.line}"], 3],
  [["sh", "-c", 'cat "$1"', "sh", "x${host.line}"], 4],
  [["sed", "-i", "s/a/${host.line}/", "/etc/x"], 2],
  [["awk", "-f", "${host.line}"], 2],
  [["python3", "-c", "print('${host.line}')"], 2],
  [["env", "A=b", "${host.owner}"], 2],
  [["sudo", "-u", "${host.owner}", "systemctl"], 2],
  [["runuser", "-u", "x", "--", "${host.owner}"], 4],
  [["sudo", "--", "sh", "-c", "rm ${host.line}"], 4],
  [["env", "A=b", "sudo", "--", "bash", "-c", "${host.line}"], 6],
  [["env", "${host.owner}", "sudo", "--", "id"], 1],
  [["env", "-i", "sudo", "${host.owner}"], 3],
  [["env", "${host.owner}=x", "id"], 1],
  [["timeout", "5", "${host.owner}"], 2],
  [["sudo", "systemctl", "start", "${unit.id}"], 3],
  [["sudo", "-u", "x", "${host.owner}", "--", "id"], 3],
  [["ssh", "other", "rm ${host.line}"], 2],
  [["xargs", "-a", "x", "${host.owner}"], 3],
])("%j lets a value choose a program or become code", (argv, index) => {
  expect(misuse(argv)?.index).toBe(index);
});

test("a playbook with such a fix does not load", () => {
  const errors = said(
    load(
      'fixes:\n  - id: f\n    title: x\n    risk: safe\n    commands:\n      - argv: [sh, -c, "kill ${unit.id}"]\n',
    ),
  );
  expect(errors).toEqual([
    "p/playbook.yml:6:24 fixes[0].commands[0].argv[2]: a value must not become part of what sh runs (write: sh -c '… \"$1\" …' sh ${value}, or better a program without a shell)",
  ]);
});
