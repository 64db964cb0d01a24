# Files straight from nginx. VHOST.
root=/var/www/$VHOST
install -d "$root"
printf 'hello from %s\n' "$VHOST" >"$root/index.html"
SERVER_EXTRA="root $root; ${SERVER_EXTRA:-}" vhost "$VHOST" 'try_files $uri $uri/ =404;'
