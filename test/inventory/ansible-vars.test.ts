import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { realSurroundings } from "../../src/inventory/files.ts";
import { foreignHosts } from "../../src/inventory/inventory-of.ts";
import { pretend } from "../support/surroundings.ts";

const read = (files: Record<string, string>, path = "/inv/hosts") =>
  foreignHosts([path], "/", pretend(files));
const VAULT = "$ANSIBLE_VAULT;1.1;AES256\n6162\n";

/** Each variable is said in several places; whoever wins says where it stood. */
const TREE = {
  hosts: `lonely
[web]
web-1 ansible_port=2201
web-2 ansible_port=2202 ansible_user=host
[web:vars]
ansible_user=web
ansible_host=10.0.0.1
[db]
db-1
[db:vars]
ansible_group_priority=10
[prod:children]
web
db
[prod:vars]
ansible_user=prod
[aaa]
db-1
[aaa:vars]
ansible_user=aaa
[db:vars]
ansible_user=db
`,
  "group_vars/all.yml": "---\nansible_user: all\nansible_port: 22\nunused: '{{ x }}'\n",
  "group_vars/prod": "ansible_user: prod-file\n",
  "group_vars/web/a.yml": "ansible_port: 1\nansible_host: 10.0.0.2\n",
  "group_vars/web/b.json": '{ "ansible_host": "10.0.0.3" }',
  "group_vars/web/deep/c": "ansible_host: 10.0.0.4\n",
  "group_vars/web/.hidden.yml": "ansible_host: 10.0.0.5\n",
  "group_vars/web/old.yml~": "ansible_host: 10.0.0.6\n",
  "group_vars/web/notes.txt": "none\n",
  "group_vars/web.yml": "ansible_host: 10.0.0.7\n",
  "group_vars/ungrouped.yaml": "ansible_port: 2209\n",
  "host_vars/web-2.yaml": 'ansible_host: "{{ inventory_hostname }}.example.test"\nansible_user: file\n',
};
const WINNERS = {
  lonely: { user: "all", port: 2209 },
  "web-1": { hostName: "10.0.0.4", user: "prod-file", port: 2201 },
  "web-2": { hostName: "web-2.example.test", user: "file", port: 2202 },
  "db-1": { user: "prod-file", port: 22 },
};

test("group_vars and host_vars count beside an inventory, in Ansible's order", () => {
  const files = Object.fromEntries(Object.entries(TREE).map(([name, text]) => [`/inv/${name}`, text]));
  const { hosts, problems } = read(files);
  expect(problems).toEqual([]);
  expect(hosts).toMatchObject(WINNERS);
});

test.runIf(existsSync("/usr/bin/ansible-inventory"))(
  "as Ansible itself reads them, and what it lists is read",
  () => {
    const dir = mkdtempSync(join(tmpdir(), "fiveohtwo-ansible-"));
    try {
      for (const [name, text] of Object.entries(TREE)) {
        mkdirSync(dirname(join(dir, name)), { recursive: true });
        writeFileSync(join(dir, name), text);
      }
      const around = realSurroundings(dir, "ann");
      const own = foreignHosts([join(dir, "hosts")], dir, around);
      mkdirSync(join(dir, "apart"));
      const list = join(dir, "apart", "list");
      const env = { ...process.env, HOME: dir, LC_ALL: "C.UTF-8" };
      writeFileSync(
        list,
        execFileSync("/usr/bin/ansible-inventory", ["-i", join(dir, "hosts"), "--list"], { env }),
      );
      const listed = foreignHosts([list], dir, around);
      expect(listed.problems).toEqual([]);
      for (const [name, { groups, ...entry }] of Object.entries(listed.hosts)) {
        expect(own.hosts[name]).toMatchObject(entry);
        expect(groups.toSorted()).toEqual(own.hosts[name]?.groups.toSorted());
      }
      expect(Object.keys(listed.hosts)).toEqual(Object.keys(own.hosts));
      expect(readFileSync(list, "utf8")).toContain("_meta");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

test("what only the vault or a template knows is named with its place, and not guessed", () => {
  const { hosts, problems } = read({
    "/inv/hosts": "[web]\nweb-1\nweb-2\nweb-3 ansible_user={{u}}\n[db]\ndb-1\n",
    "/inv/group_vars/db/main.yml": "ansible_user: ops\n",
    "/inv/group_vars/db/vault.yml": VAULT,
    "/inv/host_vars/web-1.yml": `---\nansible_user: !vault |\n  ${VAULT.replaceAll("\n", "\n  ")}\n`,
    "/inv/host_vars/web-2.yml":
      "a: 1\nansible_port: '{{ ports.ssh }}'\nsecret: !vault |\n  $ANSIBLE_VAULT;1.1\n",
  });
  expect(hosts).toEqual({ "db-1": { user: "ops", groups: ["db"], addresses: [] } });
  expect(problems).toEqual([
    "/inv/group_vars/db/vault.yml:1 is encrypted with ansible-vault: what it says of hosts is not known here.",
    "/inv/hosts: web-1 is left out: its user is encrypted with ansible-vault (/inv/host_vars/web-1.yml:2).",
    "/inv/hosts: web-2 is left out: its port is a template ({{ ports.ssh }}, /inv/host_vars/web-2.yml:2).",
    "/inv/hosts: web-3 is left out: its user is a template ({{u}}, /inv/hosts:4).",
  ]);
});

test.each([
  ["a: {\n", "/inv/group_vars/web.yml:"],
  ["- ansible_user\n", "/inv/group_vars/web.yml:1: these are no variables"],
])("a file of variables that is broken: the inventory is left, the place named", (text, because) => {
  const { hosts, problems, unread } = read({ "/inv/hosts": "[web]\na\n", "/inv/group_vars/web.yml": text });
  expect(hosts).toEqual({});
  expect(unread).toEqual(["/inv/hosts"]);
  expect(problems).toEqual([expect.stringContaining(because)]);
});

test.each([
  [{ "/inv/hosts/a": "[web]\n" }, "/inv/hosts", "/inv/hosts is a folder"],
  [{ "/inv/ec2.py": "#!/usr/bin/env python3\nprint({})\n" }, "/inv/ec2.py", "/inv/ec2.py is a program"],
  [
    { "/inv/aws.yml": "plugin: amazon.aws.aws_ec2\n" },
    "/inv/aws.yml",
    "/inv/aws.yml is the settings of a plugin",
  ],
])("%o is nothing to read: it is said what makes it readable", (files, path, because) => {
  const { problems, unread } = read(files, path);
  expect(unread).toEqual([path]);
  expect(problems).toEqual([expect.stringContaining(because)]);
  expect(problems[0]).toContain(`ansible-inventory -i ${path} --list > `);
});

test("what inventory scripts print is read: lists, groups that are lists, and hostvars", () => {
  const text = JSON.stringify({
    _meta: { hostvars: { "web-1": { ansible_host: "10.0.0.1", ansible_port: 2200, x: { y: 1 } } } },
    all: { children: ["ungrouped", "web"] },
    web: { hosts: ["web-1", "web-2"], vars: { ansible_user: "ops" } },
    db: ["db-1"],
    sealed: { hosts: ["db-2"], vars: { ansible_user: { __ansible_vault: VAULT } } },
  });
  const { hosts, problems } = read({ "/inv/list": text }, "/inv/list");
  expect(hosts).toMatchObject({
    "web-1": { hostName: "10.0.0.1", port: 2200, user: "ops", groups: ["web"] },
    "web-2": { user: "ops", groups: ["web"] },
    "db-1": { groups: ["db"] },
  });
  expect(problems).toEqual([
    "/inv/list: db-2 is left out: its user is encrypted with ansible-vault (/inv/list:1).",
  ]);
});
