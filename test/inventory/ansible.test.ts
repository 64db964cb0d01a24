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
    const { hosts, problems } = readAnsible(INI, "hosts");
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
      "hosts: tmpl is left out: its hostName is a template ({{ ip }}).",
    ]);
  });

  test("in YAML form", () => {
    const { hosts, problems } = readAnsible(YAML, "hosts.yml");
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
