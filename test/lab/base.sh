# Runs once inside the new root file system, as root, by `chroot BASE sh -eu` (see base.ts).
# What it makes is shared, read-only, by every lab host.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get update -q
apt-get install -qy --no-install-recommends -o Dpkg::Options::=--force-unsafe-io $PACKAGES
rm -f /usr/sbin/policy-rc.d
rm -rf /var/lib/apt/lists/*

# Stacks are switched on by the scenarios, not by the packages.
for unit in php8.2-fpm uwsgi supervisor apache2 haproxy redis-server; do
  systemctl disable -q "$unit" 2>/dev/null || true
done
systemctl mask -q systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer logrotate.timer man-db.timer \
  dpkg-db-backup.timer phpsessionclean.timer systemd-resolved.service getty@.service console-getty.service

useradd -m -s /bin/bash ops
useradd -m -s /bin/bash plain
useradd -m -s /bin/csh opscsh
useradd -m -s /usr/bin/fish opsfish
useradd -m -s /bin/bash app
useradd -m -s /bin/bash deploy
usermod -aG adm,systemd-journal plain
for user in ops plain opscsh opsfish; do
  install -d -o "$user" -g "$user" -m 700 "/home/$user/.ssh"
  printf '%s\n' "$LAB_PUBLIC_KEY" >"/home/$user/.ssh/authorized_keys"
  chown "$user:$user" "/home/$user/.ssh/authorized_keys"
done
for user in ops opscsh opsfish; do
  printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$user" >"/etc/sudoers.d/lab-$user"
done
chmod 440 /etc/sudoers.d/lab-*

# A journal that outlives a reboot, and rsyslog's kern.log, are what real servers have.
mkdir -p /var/log/journal
: >/etc/machine-id
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >/etc/resolv.conf
rm -f /etc/nginx/sites-enabled/default
printf 'UseDNS no\nMaxStartups 100:30:200\n' >/etc/ssh/sshd_config.d/lab.conf
# Node prints no banner about new versions when there is no network to ask.
printf 'PM2_DISABLE_VERSION_CHECK=true\n' >>/etc/environment
