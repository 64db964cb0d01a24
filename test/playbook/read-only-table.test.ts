import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandRefusal } from "../../src/playbook/read-only-table.ts";
import { SAMPLE } from "../../src/playbook/read-only/usage.ts";

const refusal = commandRefusal();

/** Words of a line as a shell would split it: quotes only group. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? "");
}

describe("allowed: what a diagnosis needs", () => {
  test.each(
    `systemctl show --no-pager --property=Id,ActiveState --timestamp=unix -- shop.service nginx.service
systemctl list-units --type=service,socket --state=failed --plain --no-legend --no-pager
systemctl list-unit-files --type=service
systemctl is-system-running
systemctl is-enabled nginx
systemctl is-active nginx
systemctl cat nginx.service
systemctl list-timers --all
systemctl --version is-active
systemctl show 'php*fpm*' -p Id,LoadState
journalctl --unit=shop.service -b -n 80 --no-pager -o json --output-fields=MESSAGE,PRIORITY
journalctl -k -b -n 2000 -o json --since=-15min
journalctl _TRANSPORT=audit -n200
ss -Hltnpe
ss -Hlxnpe
ss -Htan state syn-sent
ss -ltn 'sport = :3000'
ss -s
ps -ww -eo pid=,ppid=,user:32=,args=
ps aux
ps -eZ
ps axo pid,ppid,args
nginx -T
nginx -t -c /etc/nginx/nginx.conf -p /usr/share/nginx
nginx -tq
nginx -V
/usr/sbin/nginx -T
/usr/local/openresty/nginx/sbin/nginx -T
angie -T
openresty -V
env PM2_HOME=/home/app/.pm2 pm2 jlist
env PM2_HOME=/home/app/.pm2 PM2_DISABLE_VERSION_CHECK=1 PATH=/home/app/.nvm/versions/node/v20.1.0/bin:/usr/bin pm2 jlist
runuser -u app -- env PM2_HOME=/home/app/.pm2 pm2 jlist --silent
env LC_ALL=C date '+%s %z'
docker ps -a --no-trunc --format '{{json .}}'
docker inspect --format '{{json .State}}' shop
docker logs --tail 50 --timestamps shop
docker network inspect bridge
docker network ls
docker version --format '{{.Server.Version}}'
podman ps -a
podman info
tail -n 4000 /var/log/nginx/error.log
tail -c 262144 /proc/12/root/var/log/nginx/error.log
tail -200 /var/log/syslog
head -n 5 /etc/os-release
cat /proc/meminfo /proc/loadavg
cat -- /etc/nginx/nginx.conf
stat -c '%n|%F|%a' -- /run/app.sock
ls -lZ /run
ls -l /proc/12/fd
readlink /proc/1/ns/net /proc/1/exe
namei -l /run/app/app.sock
getfacl -cp /run/app.sock
grep -rn '' /etc/nginx '--include=*.conf'
grep -onHwE -- 3000|4000 /etc/systemd/system/shop.service
grep -a -F -l 3000 /etc/default/shop
find /home /root -maxdepth 3 -path */.pm2/dump.pm2
find /etc/nginx -newermt '2026-11-01 10:00' -type f -printf '%T@ %p'
find /var/log -mtime -1 -size +1M
find -L /proc -maxdepth 3 -path /proc/*/* -not -path /proc/[0-9]*/fd -not -path /proc/[0-9]*/fd/* -prune -o -path /proc/[0-9]*/fd/* -type f -links 0 -size +255k -printf '%s %D:%i %p'
find /proc -maxdepth 3 -path /proc/[0-9]*/fd/* -lname '* (deleted)' -printf '%p %l'
du -x -k -d 3 /var
du -x --inodes -d 3 /srv
du -s -x -k /var/cache/apt /var/cache/dnf
journalctl --disk-usage --no-pager
php-fpm -t
df -P
df -Pi
free -b
uptime
uname -r
id
id -Gn www-data
date '+%s %z'
date -u +%s
hostname
hostname -f
getent ahosts db.internal.example
getent passwd www-data
dig +time=1 +tries=1 @10.0.0.53 db.internal.example A
resolvectl query db.internal.example
resolvectl status
nslookup -type=A db.internal.example
curl -sSv -k -o /dev/null -m 8 --connect-timeout 2 --noproxy '*' -A fiveohtwo/1 -H 'Host: shop.example.test' --resolve shop.example.test:443:127.0.0.1 -w '%{http_code} %{time_total}\\n' https://shop.example.test/health
curl -sS -I http://127.0.0.1:3000/
curl --unix-socket /run/app.sock -X HEAD http://localhost/
curl -so/dev/null http://[::1]:3000/
openssl s_client -connect 10.0.0.5:443 -servername shop.example.test -showcerts
openssl x509 -in /etc/ssl/certs/shop.pem -noout -dates
openssl verify -CAfile /etc/ssl/ca.pem /etc/ssl/certs/shop.pem
ip route get 10.0.0.5
ip -j route get 10.0.0.5
ip -j neigh show 10.0.0.5
ip -j addr show
ip link show
iptables-save -c
ip6tables-save
iptables -nvxL INPUT
iptables -S
nft list ruleset
firewall-cmd --state
firewall-cmd --list-all-zones
ufw status verbose
getenforce
getsebool httpd_can_network_connect
sestatus
semanage port -l
semanage fcontext -l -C
semanage boolean --list
ausearch --input-logs -m avc,user_avc -ts recent -i
ausearch -if /var/log/audit/audit.log -m avc
aa-status --json
sysctl -n net.core.somaxconn
sysctl -a
nstat -az TcpExtListenOverflows
php-fpm8.2 -tt
php-fpm -t -y /etc/php-fpm.conf
/usr/sbin/php-fpm8.3 -t
supervisorctl status
rc-service nginx status
rc-status -a
dpkg -l nginx*
dpkg-query -W -f '\${Version}' nginx
rpm -qa --last
rpm -q nginx
apt-cache policy nginx
dnf history
dnf history list
dnf history info 12
last -x -n 5
lastb -n 5
who -b
w -h
lastlog -u deploy
loginctl list-sessions
coredumpctl list --no-pager -n 5
coredumpctl info
timedatectl show
chronyc tracking
visudo -c
sudo -n -l
test -w /run/app.sock
runuser -u www-data -- test -r /srv/app/index.html
runuser -u www-data -- namei -l /run/app.sock
nsenter -t 4242 -n -- ss -Hltn
lsof +L1 -nP
lsof -nP -iTCP:3000
pgrep -a -f gunicorn
conntrack -C
crontab -l -u app
git -C /srv/app log -1 --format=%H
git --no-optional-locks -C /srv/app status --porcelain
git -C /srv/app rev-parse --short HEAD
sha256sum /etc/nginx/nginx.conf
dmesg -T --level=err`.split("\n"),
  )("%s", (line) => {
    expect(refusal(words(line))).toBeUndefined();
  });
});

describe("refused: what would change, leak, hang or run something", () => {
  test.each(
    `rm -rf /
sh -c id
bash -c id
sudo systemctl restart nginx
sudo -l -u root id
su - app
python3 -c 'print(1)'
xargs rm
dd if=/dev/zero of=/dev/sda
tee /etc/passwd
sed -i s/a/b/ /etc/nginx/nginx.conf
awk 'BEGIN{system("id")}'
timeout 5 id
ssh other id
kubectl get pods
systemctl restart nginx
systemctl stop nginx
systemctl daemon-reload
systemctl -H other show nginx
systemctl show nginx --machine=x
systemctl edit nginx
systemctl set-property nginx CPUQuota=1%
systemctl
systemctl isolate rescue
journalctl --vacuum-time=1s
journalctl --vacuum-size=1
journalctl --rotate
journalctl --flush
journalctl --sync
journalctl -f
journalctl --follow
journalctl -n --vacuum-time=1s
journalctl -n5f
journalctl --cursor-file=/etc/passwd
ss -K dst 10.0.0.1
ss --kill
ss -D /etc/passwd
ss -ltnK
ss -E
ps axe
ps eww
nginx
nginx -s reload
nginx -s stop
nginx -g 'daemon off;'
nginx -t -g 'error_log /etc/passwd;'
nginx -c /etc/nginx/nginx.conf
nginx -T -e /etc/passwd
/tmp/nginx -T
./nginx -T
../../tmp/nginx -T
/usr/sbin/../../tmp/nginx -T
pm2 jlist
pm2 restart all
env PM2_HOME=/home/app/.pm2 pm2 kill
env PM2_HOME=/home/app/.pm2 pm2 jlist restart
env PM2_HOME=relative pm2 jlist
env LD_PRELOAD=/tmp/x.so id
env PATH=/tmp id
env PATH=.:/usr/bin PM2_HOME=/x pm2 jlist
env -S 'rm -rf /'
env -i id
env HOME=/tmp/x git -C /srv/app log -1
env HOME=/tmp/x docker info
env HOME=/tmp/x PM2_HOME=/x runuser -u app -- pm2 jlist
env PATH=/tmp runuser -u app -- id
env GIT_DIR=/tmp/x git log
curl http://169.254.169.254/latest/meta-data/
curl http://metadata.google.internal/
cat /sys/kernel/debug/tracing/trace_pipe
cat /etc/letsencrypt/live/shop/privkey.pem
tail /srv/app/tls-key.pem
env SYSTEMD_PAGER=/tmp/x systemctl show
env NODE_OPTIONS=--require=/tmp/x PM2_HOME=/x pm2 jlist
env DOCKER_HOST=tcp://evil:2375 docker ps
docker exec shop id
docker run alpine
docker restart shop
docker rm shop
docker logs shop
docker logs -f --tail 5 shop
docker logs --follow --tail 5 shop
docker network rm bridge
docker network disconnect bridge shop
docker -H tcp://evil ps
docker --context evil ps
docker stats
docker cp shop:/x /y
docker
podman --url x ps
tail -f /var/log/syslog
tail -F /var/log/syslog
tail --follow /var/log/syslog
tail --retry /var/log/syslog
tail -n5f /var/log/syslog
tail -fn5 /var/log/syslog
cat /etc/shadow
cat /etc/../etc/shadow
cat /root/.ssh/id_rsa
cat /proc/12/environ
head /etc/ssl/private/shop.pem
tail -c 100 /srv/app/tls.key
grep '' /etc/shadow
grep -e x /etc/gshadow
cat /dev/zero
cat /dev/sda
grep -f /etc/passwd x
grep -rP '(a+)+$' /etc
find / -delete
find / -exec rm {} ;
find / -execdir rm {} ;
find / -ok rm {} ;
find / -okdir rm {} ;
find / -fprint /etc/passwd
find / -fprintf /etc/passwd x
find / -fls /etc/passwd
find / -fprint0 /etc/passwd
find -files0-from /etc/passwd
df --sync
free -s 1
date -s 10:00
date --set=10:00
date 112010002026
date -f /etc/passwd
hostname evil
hostname -F /etc/passwd
hostname -b evil
getent shadow
dig -f /etc/passwd
dig -k /etc/rndc.key example.test
resolvectl dns eth0 10.0.0.1
resolvectl flush-caches
nslookup
nslookup -
curl -X POST http://127.0.0.1/
curl -XDELETE http://127.0.0.1/
curl -d x http://127.0.0.1/
curl --data-binary @/etc/passwd http://127.0.0.1/
curl -F f=@/etc/passwd http://127.0.0.1/
curl --json {} http://127.0.0.1/
curl -T /etc/passwd http://127.0.0.1/
curl --upload-file /etc/passwd http://127.0.0.1/
curl -o /etc/passwd http://127.0.0.1/
curl -so /etc/passwd http://127.0.0.1/
curl -O http://127.0.0.1/x
curl -K /tmp/x http://127.0.0.1/
curl --config /tmp/x http://127.0.0.1/
curl -u admin:admin http://127.0.0.1/
curl -x http://evil http://127.0.0.1/
curl http://127.0.0.1/ --next http://evil/
curl http://127.0.0.1/ http://evil/
curl http://127.0.0.1/?delete=1
curl http://user:pw@127.0.0.1/
curl http://127.0.0.1/{a,b}
curl http://127.0.0.1/[1-100]
curl file:///etc/passwd
curl gopher://127.0.0.1/
curl 127.0.0.1
curl -L http://127.0.0.1/
curl -H 'Authorization: Bearer x' http://127.0.0.1/
curl -H 'Cookie: a=b' http://127.0.0.1/
curl -H @/etc/passwd http://127.0.0.1/
curl -w @/etc/passwd http://127.0.0.1/
curl -w '%output{/etc/passwd}' http://127.0.0.1/
curl -c /etc/passwd http://127.0.0.1/
curl -D /etc/passwd http://127.0.0.1/
curl --trace /etc/passwd http://127.0.0.1/
curl
openssl x509 -in a -out /etc/passwd
openssl s_client -connect a:1 -keylogfile /etc/passwd
openssl s_client -connect a:1 -sess_out /etc/passwd
openssl enc -d -in /etc/shadow
openssl rsa -in /etc/ssl/private/x.key
openssl req -new
ip route add default via 10.0.0.1
ip route flush cache
ip r f all
ip link set eth0 down
ip addr del 10.0.0.1/8 dev eth0
ip netns exec x id
ip -b /tmp/x
ip -batch /tmp/x
ip -n x link show
iptables -F
iptables -A INPUT -j DROP
iptables -Z
iptables -nvLZ
iptables -P INPUT DROP
iptables-save -f /etc/passwd
iptables-save -M /tmp/x
nft flush ruleset
nft list ruleset ; flush ruleset
nft 'list ruleset; flush ruleset'
nft list 'ruleset; flush ruleset'
nft -f /tmp/x
nft -i
firewall-cmd --reload
firewall-cmd --add-port=80/tcp
firewall-cmd --permanent
ufw disable
ufw allow 80
ufw --force reset
setenforce 0
semanage port -a -t http_port_t -p tcp 3000
semanage port -l -d x
semanage export -f /etc/passwd
semanage boolean -m --on httpd_can_network_connect
ausearch -m avc -ts recent
aa-complain nginx
sysctl -w net.core.somaxconn=1
sysctl net.core.somaxconn=1
sysctl -p
sysctl --system
php-fpm8.2
php-fpm8.2 -t -d extension=/tmp/x.so
php-fpm8.2 -F
php-fpm-evil -t
supervisorctl restart all
supervisorctl
supervisorctl -c /x shutdown
rc-service nginx restart
rc-service nginx
rc-service nginx status restart
dpkg -i x.deb
dpkg -r nginx
dpkg -l --force-all --purge nginx
dpkg
rpm -i x.rpm
rpm -e nginx
rpm -Uvh x.rpm
rpm -q --eval '%(id)'
rpm -qp http://evil/x.rpm
rpm -V -e nginx
rpm --define 'x %(id)' -q nginx
apt-cache -o APT::Update::Pre-Invoke::=id policy
apt-cache gencaches
dnf history undo 1
dnf install nginx
dnf --setopt=x=y history
yum history rollback 1
lastlog -C -u root
last -f /etc/passwd
coredumpctl dump
coredumpctl -o /etc/passwd info
coredumpctl gdb
timedatectl set-time 10:00
chronyc makestep
chronyc -h evil tracking
chronyc -m tracking makestep
visudo
visudo -f /etc/sudoers
crontab -r
crontab /tmp/x
crontab -l -e
crontab
runuser -u app pm2 jlist
runuser -u app -- rm -rf /
runuser -u app -c 'rm -rf /'
runuser -l app
runuser -u -app -- id
nsenter -t 1 -m -- cat /etc/hosts
nsenter -t 1 -n -- sh
nsenter -t x -n -- ss -ltn
nsenter -t 1 -- ss -ltn
nsenter -a -t 1 -- ss -ltn
nsenter -t 1 -n ss -ltn
env LANG=C env LANG=C env LANG=C id
lsof -r 5
lsof -D /tmp/x
pgrep --signal KILL nginx
pkill nginx
kill 1
conntrack -F
conntrack -D
git -C /x -c core.pager=/tmp/x log
git -C /x log --output=/etc/passwd
git -C /x log --ext-diff
git -C /x status --porcelain
git -C /x fetch
git -C /x checkout .
git --exec-path=/tmp log
restorecon -R /var/www
restorecon -v /run/app.sock
dmesg -c
dmesg -C
dmesg -n 1
loginctl terminate-session 1
test -e a -o -e b -a x
[ -e a ]`.split("\n"),
  )("%s", (line) => {
    const refused = refusal(words(line));
    expect(refused?.because).toMatch(/\S/);
    expect(refused?.hint).toMatch(/\S/);
  });

  test("nothing at all, and an empty program", () => {
    expect(refusal([])?.because).toBe("a command needs a program");
    expect(refusal([""])?.because).toBe("a command needs a program");
  });

  test("names inherited from objects are no programs or verbs", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(refusal([name])).toBeDefined();
      expect(refusal(["systemctl", name])).toBeDefined();
      expect(refusal(["env", `${name}=x`, "id"])).toBeDefined();
    }
  });
});

describe("a refusal says which word, why, and what is allowed", () => {
  test.each([
    ["systemctl restart nginx", 'systemctl: "restart" is not one of show, status', "allowed: one of: show"],
    ["tail -fn5 x", 'tail: "-f" in "-fn5" is not allowed', "allowed: options: -q -v -n -c"],
    ["nginx -q", "nginx: it needs one of -T -t -V -v -h -?", "options"],
    [
      "journalctl -n --vacuum-time=1s",
      'journalctl: the value "--vacuum-time=1s" of -n begins with a dash: attach it',
      "options",
    ],
    ["curl -X POST http://a/", 'curl: "POST" is not allowed for -X', "options"],
    ["systemclt show", 'the program "systemclt" is not in the table', 'did you mean "systemctl"?'],
    ["cat /etc/shadow", 'cat: "/etc/shadow" holds secrets or has no end', "options"],
    ["getenforce x", 'getenforce: the word "x" is not allowed', "getenforce takes no such words"],
    ["/tmp/nginx -T", 'the program "/tmp/nginx" lies in a directory that is not the system\'s', "502.yml"],
    ["pm2 jlist", "pm2 needs the PM2_HOME of a daemon that runs", "env PM2_HOME="],
  ])("%s", (line, because, hint) => {
    const refused = refusal(words(line));
    expect(refused?.because).toContain(because);
    expect(refused?.hint).toContain(hint);
  });
});

describe("values that are not known yet", () => {
  test("fit as operands and values, never as options, verbs, variables or programs", () => {
    expect(refusal(["systemctl", "show", SAMPLE])).toBeUndefined();
    expect(refusal(["curl", "-H", `Host: ${SAMPLE}`, SAMPLE])).toBeUndefined();
    expect(refusal(["curl", "-X", "POST", SAMPLE])).toBeDefined();
    expect(refusal(["systemctl", SAMPLE])).toBeDefined();
    expect(refusal([SAMPLE])).toBeDefined();
    expect(refusal(["env", `${SAMPLE}=1`, "id"])).toBeDefined();
    expect(refusal(["env", SAMPLE, "id"])).toBeDefined();
    expect(refusal(["runuser", "-u", SAMPLE, "--", SAMPLE])).toBeDefined();
    expect(refusal(["nsenter", "-t", SAMPLE, "-n", "--", "ss"])).toBeDefined();
  });

  test("an option that is not in the table is refused wherever it stands", () => {
    const lines = fc.constantFrom(
      ["tail -n 5 -q /var/log/x", "-f"],
      ["tail -c 5 /var/log/x", "--follow"],
      ["journalctl -u x -n 5 -b -o json", "--rotate"],
      ["curl -sS -m 3 -o /dev/null http://127.0.0.1/", "-dx"],
      ["curl -sS -H Host:x http://127.0.0.1/", "--upload-file=/etc/passwd"],
      ["docker logs --tail 5 x", "-f"],
      ["nginx -T -c /etc/nginx/nginx.conf", "-s"],
      ["iptables -L -n -t nat", "-F"],
      ["git -C /x log -n 5 HEAD", "--output=/x"],
      ["runuser -u app -- cat /x", "-c"],
      ["env LANG=C date +%s", "-S"],
      ["nsenter -t 1 -n -- ss -l", "--mount"],
    );
    fc.assert(
      fc.property(lines, fc.nat(), ([line = "", option = ""], n) => {
        const argv = words(line);
        expect(refusal(argv)).toBeUndefined();
        argv.splice(1 + (n % argv.length), 0, option);
        expect(refusal(argv)).toBeDefined();
      }),
    );
  });
});

describe("what 502.yml adds", () => {
  const extended = commandRefusal([{ program: "varnishadm", args: "backend\\.list(?: -j)?" }]);

  test("is allowed as a whole only", () => {
    expect(extended(["varnishadm", "backend.list"])).toBeUndefined();
    expect(extended(["varnishadm", "backend.list", "-j"])).toBeUndefined();
    for (const line of [
      "varnishadm",
      "varnishadm stop",
      "varnishadm backend.list -j stop",
      "varnishadm 'backend.list -j'",
      "/tmp/varnishadm backend.list",
      "varnishadm backendxlist",
    ])
      expect(extended(words(line))).toBeDefined();
  });

  test("does not hide what is allowed already, and a wrong pattern is an error at once", () => {
    expect(extended(["ss", "-ltn"])).toBeUndefined();
    expect(() => commandRefusal([{ program: "x", args: "(" }])).toThrow();
  });
});
