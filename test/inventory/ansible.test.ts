import { describe, expect, test } from "vitest";
import { readAnsible } from "../../src/inventory/ansible.ts";
import { Config } from "../../src/inventory/config-schema.ts";
import { foreignHosts, inventoryOf } from "../../src/inventory/inventory-of.ts";
import { resolveHost } from "../../src/inventory/resolve.ts";
import { pretend } from "../support/surroundings.ts";

const INI = `# comment
lonely ansible_host=10.0.0.9 ; not part of it
[web]
web-[01:02] ansible_user=deploy
web-3:2222 ansible_host="10.0.0.3" # trailing
tmpl ansible_host="{{ ip }}"
here ansible_connection=local
proxied ansible_ssh_common_args='-o ProxyCommand="nc x"'
jumped ansible_ssh_common_args='-o ProxyJump=bastion'

[web:vars]
ansible_port=2200
ansible_ssh_private_key_file=keys/web

[prod:children]
web
[prod:vars]
ansible_user=prod
ansible_port=1
`;

const YAML = `
all:
  vars: { ansible_user: everyone }
  hosts:
    lonely: { ansible_host: 10.0.0.9 }
  children:
    prod:
      vars: { ansible_port: 1 }
      children:
        web:
          vars: { ansible_port: 2200, ansible_password: !vault "abc" }
          hosts:
            web-[01:02]: { ansible_user: deploy }
            web-3:
`;

describe("an Ansible inventory", () => {
  test("in INI form: ranges, ports, nearer variables win, and what cannot be reached is said", () => {
    const { hosts, problems } = readAnsible(INI, "hosts", pretend({}));
    expect(Object.keys(hosts)).toEqual(["jumped", "lonely", "web-01", "web-02", "web-3"]);
    expect(hosts["web-01"]).toEqual({
      user: "deploy",
      port: 2200,
      identityFile: ["keys/web"],
      groups: ["prod", "web"],
      addresses: [],
    });
    expect(hosts["web-3"]).toMatchObject({ hostName: "10.0.0.3", user: "prod", port: 2222 });
    expect(hosts["lonely"]).toEqual({ hostName: "10.0.0.9", groups: [], addresses: [] });
    expect(hosts["jumped"]).toMatchObject({ proxyJump: ["bastion"] });
    expect(problems).toEqual([
      "hosts: here is left out: it is reached by local, not by SSH.",
      "hosts: proxied is left out: it needs a ProxyCommand, which is not supported.",
      "hosts: tmpl is left out: its hostName is a template ({{ ip }}, hosts:6).",
    ]);
  });

  test("in YAML form", () => {
    const { hosts, problems } = readAnsible(YAML, "hosts.yml", pretend({}));
    expect(problems).toEqual([]);
    expect(hosts["web-02"]).toEqual({
      user: "deploy",
      port: 2200,
      groups: ["prod", "web"],
      addresses: [],
    });
    expect(hosts["web-3"]).toMatchObject({ user: "everyone", port: 2200 });
    expect(hosts["lonely"]).toEqual({ hostName: "10.0.0.9", user: "everyone", groups: [], addresses: [] });
  });

  test.each([
    ["a brace that is not closed", "all:\n  hosts:\n    web-1: { ansible_host: 10.0.0.1\n    web-2:\n", 4],
    // Where the map begins whose lines differ.
    ["a line that is indented between two", "all:\n  hosts:\n    web-1:\n   web-2:\n", 3],
    ["a tab", "all:\n  hosts:\n\tweb-1:\n", 3],
    ["variables beside their host", "web:\n  hosts:\n    web-1:\n    ansible_host: 10.0.0.1\n", 4],
    ["a text for variables", "web:\n  hosts:\n    web-1: 10.0.0.1\n", 3],
    ["a list of variables", "web:\n  vars:\n    - ansible_user: ops\n  hosts: { web-1: }\n", 2],
    ["a list of maps for hosts", "web:\n  hosts:\n    - web-1: { ansible_host: 10.0.0.1 }\n", 2],
    ["an alias without its anchor", "web:\n  hosts: *others\n", undefined],
  ])("%s: the whole file is left, its line named", (_, text, line) => {
    const { hosts, problems, unread } = foreignHosts(
      ["hosts.yml"],
      "/inv",
      pretend({ "/inv/hosts.yml": text }),
    );
    expect(hosts).toEqual({});
    expect(unread).toEqual(["/inv/hosts.yml"]);
    const place = line === undefined ? "/inv/hosts.yml: " : `/inv/hosts.yml:${line}: `;
    expect(problems).toEqual([expect.stringContaining(place)]);
  });

  test("what Ansible skips with a warning is skipped with its line", () => {
    const text =
      "all:\n  hosts:\n    web-1:\n  web-2:\n  children:\n    web:\n      hosts: { web-3: , web-3: { ansible_port: 2 } }\nweird: 1\n";
    const { hosts, problems } = readAnsible(text, "h.yml", pretend({}));
    expect(Object.keys(hosts)).toEqual(["web-1", "web-3"]);
    expect(hosts["web-3"]?.port).toBe(2);
    expect(problems).toEqual([
      "h.yml:7: Map keys must be unique: the last one counts",
      "h.yml:4: web-2 is left out: in a group stand hosts, children and vars only",
      "h.yml:8: weird is left out: it is no group",
    ]);
  });

  test("in YAML form, too, a host's name may end in its port, and maps may be merged", () => {
    const text = "x: &x { hosts: { web-1:2200: } }\nweb:\n  <<: *x\n  vars: { ansible_user: !unsafe ops }\n";
    expect(readAnsible(text, "h.yml", pretend({})).hosts["web-1"]).toMatchObject({ port: 2200, user: "ops" });
  });

  test.each([
    ["a section that is not closed", "[db]\na\n[weird\nb\n", 3],
    ["a quote that is not closed", '[web]\nweb-1 ansible_user="ops ansible_port=22\n', 2],
    ["a word that is no variable", "[web]\nweb-1 10.0.0.1\n", 2],
    ["two groups on a line", "[a]\n[b]\n[c:children]\na b\n", 4],
    ["a group that is nowhere", "[c:children]\nmissing\n", 2],
    ["a variable without a value", "[web]\na\n[web:vars]\nansible_user ops\n", 4],
  ])("in INI form, %s: as Ansible, it takes nothing of the file and names the line", (_, text, line) => {
    const { hosts, problems } = foreignHosts(["hosts"], "/inv", pretend({ "/inv/hosts": text }));
    expect(hosts).toEqual({});
    expect(problems).toEqual([expect.stringContaining(`/inv/hosts:${line}: `)]);
  });

  test("a variable's value may hold what looks like a quote or a comment in one", () => {
    const text = `[web:vars]\nmotd=it's ours\nansible_user=ops ; who\n[web]\n[a:c]-1 note="a # b"\n`;
    const { hosts, problems } = readAnsible(text, "hosts", pretend({}));
    expect(problems).toEqual([]);
    expect(Object.keys(hosts)).toEqual(["a-1", "b-1", "c-1"]);
    expect(hosts["a-1"]?.user).toBe("ops");
  });

  test("that is none is a problem with its place, not an exception", () => {
    const around = pretend({
      "/inv/bad": "[web]\na\n[web:nonsense]\n",
      "/inv/ok/hosts": "[g]\na ansible_ssh_private_key_file=k\n",
    });
    const { hosts, problems } = foreignHosts(["bad", "ok/hosts", "absent"], "/inv", around);
    expect(hosts["a"]?.identityFile).toEqual(["/inv/ok/k"]);
    expect(problems).toEqual([
      "/inv/bad:3: not a line of an Ansible inventory: [web:nonsense]",
      "/inv/absent cannot be read; correct ansible: of the configuration.",
    ]);
  });

  test("still gives what an entry of hosts: and ssh_config leave open", () => {
    const around = pretend({
      "/inv/hosts": "[web]\nweb-1 ansible_host=10.0.0.1 ansible_user=deploy\nweb-2\n",
      "/home/ann/.ssh/config": "Host web-2\n  HostName 10.0.0.2\n  Port 2200\n",
    });
    const { hosts } = foreignHosts(["/inv/hosts"], "/", around);
    const config = Config.parse({ hosts: { "web-1": { user: "ops", groups: ["own"] }, "web-2": {} } });
    const inventory = inventoryOf(config, hosts, "/", around);
    expect(resolveHost("web-1", inventory, around)).toMatchObject({
      hostName: "10.0.0.1",
      user: "ops",
      groups: ["own", "web"],
    });
    expect(resolveHost("web-2", inventory, around)).toMatchObject({
      hostName: "10.0.0.2",
      port: 2200,
      groups: ["web"],
    });
  });
});
