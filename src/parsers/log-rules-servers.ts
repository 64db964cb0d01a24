import { rule, type Rule } from "./log-event.ts";

/** Lines of gunicorn (arbiter.py), uWSGI (master_utils.c, logging.c), php-fpm (fpm_*.c) and pm2 (God.js). */
export const SERVER_RULES: readonly Rule[] = [
  rule("gunicorn-worker-timeout", /WORKER TIMEOUT \(pid:\s?(?<pid>\d{1,10})\)/),
  rule("gunicorn-sigkill", /Worker \(pid:\s?(?<pid>\d{1,10})\) was sent (?<signal>SIGKILL)!/),
  rule("gunicorn-worker-signal", /Worker \(pid:\s?(?<pid>\d{1,10})\) was sent (?<signal>SIG\w{2,10})!/),
  rule(
    "gunicorn-worker-signal",
    /Worker with pid (?<pid>\d{1,10}) was terminated due to signal (?<signal>\d{1,3})/,
  ),
  rule("gunicorn-boot-failed", /Worker failed to boot|App failed to load|Application failed to load/),
  rule("gunicorn-worker-exited", /Worker \(pid:\s?(?<pid>\d{1,10})\) exited with code (?<code>\d{1,3})/),
  rule("gunicorn-worker-boot", /Booting worker with pid:\s?(?<pid>\d{1,10})/),
  rule("header-too-big", /Invalid request from ip=\S{1,64}: [Ll]imit request (?:headers? fields? size|line)/),
  rule("gunicorn-invalid-request", /Invalid request from ip=\S{1,64}: (?<detail>.{1,300})/),
  rule("address-in-use", /Connection in use: \('(?<address>[^']{1,64})', (?<port>\d{1,5})/),
  rule("address-in-use", /Connection in use: (?:unix:)?(?<path>\/.{1,200}?)$/),
  rule("uwsgi-harakiri", /\*\*\* HARAKIRI ON WORKER \d{1,5} \(pid: (?<pid>\d{1,10}), try: (?<count>\d{1,5})/),
  rule(
    "uwsgi-worker-died",
    /DAMN ! worker \d{1,5} \(pid: (?<pid>\d{1,10})\) died(?:, killed by signal (?<signal>\d{1,3}))?/,
  ),
  // A Node cluster, Puma, PM2: the primary tells of its children.
  rule(
    "worker-died",
    /\b[Ww]orker(?: process)? #?(?<pid>\d{1,10})(?: \(.{0,40}\))? (?:has )?(?:died|crashed|exited)\b/,
  ),
  rule("uwsgi-block-size", /invalid request block size: (?<count>\d{1,9}) \(max \d{1,9}\)/),
  rule("uwsgi-no-app", /no app loaded\. going in full dynamic mode|no python application found/),
  rule("uwsgi-modifier", /unavailable modifier requested: (?<count>\d{1,3})/),
  rule(
    "uwsgi-empty-response",
    /=> generated 0 bytes in \d{1,9} msecs \(HTTP\/\d\.\d (?<code>5\d\d)\) 0 headers/,
  ),
  rule(
    "listen-queue-full",
    /uWSGI listen queue of socket "(?<path>[^"]{1,200})"[^\n]{0,60} full !!! \(\d{1,7}\/(?<count>\d{1,7})\)/,
  ),
  rule(
    "address-in-use",
    /probably another instance of uWSGI is running on the same address \((?<path>[^)]{1,200})\)/,
  ),
  rule(
    "listening",
    /uwsgi socket \d{1,4} bound to TCP address (?<address>[\d.:[\]a-fA-F*]{0,45}?):(?<port>\d{1,5}) /,
  ),
  rule("listening", /uwsgi socket \d{1,4} bound to UNIX address (?<path>\S{1,200}) /),
  rule(
    "shutdown",
    /goodbye to uWSGI|SIGINT\/SIGTERM received\.\.\.killing workers|Handling signal: (?:term|int|quit)|Finishing \.\.\./,
  ),
  rule(
    "fpm-max-children",
    /\[pool (?<name>[\w.-]{1,100})\] server reached (?:pm\.)?max_children setting \((?<count>\d{1,7})\)/,
  ),
  rule(
    "fpm-terminate-timeout",
    /\[pool (?<name>[\w.-]{1,100})\] child (?<pid>\d{1,10}), script '(?<path>[^']{0,1000})'.{0,1000}? execution timed out \((?<seconds>[\d.]{1,20}) sec\), terminating/,
  ),
  rule(
    "fpm-slow",
    /\[pool (?<name>[\w.-]{1,100})\] child (?<pid>\d{1,10}), script '(?<path>[^']{0,1000})'.{0,1000}? executing too slow \((?<seconds>[\d.]{1,20}) sec\)/,
  ),
  rule(
    "fpm-child-signal",
    /\[pool (?<name>[\w.-]{1,100})\] child (?<pid>\d{1,10}) exited on signal \d{1,3} \((?<signal>SIG[A-Z0-9]{2,10})/,
  ),
  rule(
    "fpm-client-disallowed",
    /Connection disallowed: IP address '(?<address>[^']{1,64})' has been dropped/,
  ),
  rule(
    "address-in-use",
    /unable to bind listening socket for address '(?<address>[\d.:[\]a-fA-F]{0,45}?):(?<port>\d{1,5})': Address (?:already )?in use/,
  ),
  rule("address-in-use", /Another FPM instance seems to already listen on (?<path>\S{1,200})/),
  rule(
    "fpm-init-failed",
    /unable to bind listening socket for address '(?<path>\/[^']{1,200})': (?<detail>.{1,100})|cannot get [ug]id for (?:user|group) '(?<name>[^']{1,64})'|FPM initialization failed/,
  ),
  rule("listening", /fpm is running, pid (?<pid>\d{1,10})|ready to handle connections/),
  rule(
    "pm2-too-many-restarts",
    /Script (?<path>\S{1,300}) had too many unstable restarts \((?<count>\d{1,6})\)/,
  ),
  rule("pm2-app-exited", /App \[(?<name>[^\]:]{1,100})(?::\d{1,5})?\] exited with code \[(?<code>\d{1,3})\]/),
  rule(
    "pm2-memory-restart",
    /\[(?<name>[^\]]{1,100})\] .{0,20}current memory usage .{0,80}restarting|Process (?<pid>\d{1,10}) restarted because it exceeds --max-memory-restart/,
  ),
];
