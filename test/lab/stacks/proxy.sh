# An nginx vhost whose application is somewhere else. VHOST, TARGET (proxy_pass).
vhost "$VHOST" "$(proxy_body "$TARGET")"
