# A PHP site. POOL, SOCK (a path) or LISTEN_ON (ADDR:PORT), VHOST; POOL_EXTRA (pool lines), PASS (fastcgi_pass).
SOCK=${SOCK:-/run/php/php8.2-fpm.sock}
pools=/etc/php/8.2/fpm/pool.d
[ "${KEEP_WWW:-no}" = yes ] || rm -f $pools/www.conf
cat >"$pools/$POOL.conf" <<POOL
[$POOL]
user = www-data
group = www-data
listen = ${LISTEN_ON:-$SOCK}
listen.owner = www-data
listen.group = www-data
pm = dynamic
pm.max_children = 5
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
${POOL_EXTRA:-}
POOL
root=/var/www/$VHOST
install -d "$root"
cat >"$root/index.php" <<'PHP'
<?php
$path = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
if ($path === "/slow") { $end = microtime(true) + 20; while (microtime(true) < $end) { usleep(1000); } }
if ($path === "/crash") { posix_kill(getmypid(), 11); sleep(1); }
if ($path === "/login") { header("Set-Cookie: session=" . str_repeat("c", 9000)); }
echo "php ", htmlspecialchars($path), "\n";
PHP
systemctl -q enable php8.2-fpm
systemctl restart php8.2-fpm
if [ -z "${LISTEN_ON:-}" ]; then until_true 20 listens "$SOCK"; else until_true 20 listens "${LISTEN_ON##*:}"; fi
pass=${PASS:-${LISTEN_ON:-unix:$SOCK}}
SERVER_EXTRA="root $root; ${SERVER_EXTRA:-}" vhost "$VHOST" "include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $root/index.php;
        ${LOCATION_EXTRA:-}
        fastcgi_pass $pass;"
