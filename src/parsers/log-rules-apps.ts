import { rule, type Rule } from "./log-event.ts";

const HOST = String.raw`(?<address>\[[0-9a-fA-F:.]{2,45}\]|[0-9a-fA-F:]{0,39}::[0-9a-fA-F:]{0,39}|[\w.*-]{1,253})`;
const at = (before: string, after = ""): RegExp =>
  new RegExp(`${before}${HOST}:(?<port>\\d{1,5})(?!\\d)${after}`);

/** Lines of applications: Node, Python, Ruby, Go, Java, PHP. The order matters: the particular stands before the general. */
export const APP_RULES: readonly Rule[] = [
  rule("address-in-use", at(String.raw`EADDRINUSE: address already in use `)),
  rule("address-in-use", /EADDRINUSE: address already in use :::(?<port>\d{1,5})/),
  rule("address-in-use", /EADDRINUSE: address already in use (?<path>\/.{1,200}?)\s*$/),
  rule(
    "address-in-use",
    /error while attempting to bind on address \('(?<address>[^']{1,64})', (?<port>\d{1,5})/,
  ),
  rule(
    "address-in-use",
    at(String.raw`listen (?:tcp[46]?|unix) `, String.raw`: bind: address already in use`),
  ),
  rule("address-in-use", /listen tcp[46]? :(?<port>\d{1,5}): bind: address already in use/),
  rule("address-in-use", /Web server failed to start\. Port (?<port>\d{1,5}) was already in use/),
  rule(
    "address-in-use",
    /Address already in use - bind\(2\) for "?(?<address>[^"\s]{1,64}?)"?(?: port |:)(?<port>\d{1,5})/,
  ),
  rule("address-in-use", /EADDRINUSE|Errno 98\]|[Aa]ddress already in use|BindException/),
  rule("address-not-available", at(String.raw`EADDRNOTAVAIL: address not available `)),
  rule("address-not-available", /EADDRNOTAVAIL|Errno 99\]|[Cc]annot assign requested address/),
  rule(
    "heap-oom",
    /JavaScript heap out of memory|java\.lang\.OutOfMemoryError|Allowed memory size of (?<count>\d{1,15}) bytes exhausted|fatal error: runtime: out of memory/,
  ),
  rule(
    "segfault",
    /^Segmentation fault|SIGSEGV: segmentation violation|^Fatal Python error: Segmentation fault|SIGSEGV \(0xb\)/,
  ),
  rule(
    "missing-env",
    /[Mm]issing (?:required )?(?:environment |env )?(?:variables?:? ?)?["'`]?(?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]{1,80}|PORT)\b/,
  ),
  rule(
    "missing-env",
    /(?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]{1,80})["'`]? (?:environment variable )?(?:is|was|must be|are) (?:not |un)?(?:set|defined|missing|required|provided)/,
  ),
  rule(
    "missing-env",
    /(?:environment variable|env var(?:iable)?|config(?:uration)? variable):? ["'`]?(?<name>[A-Z][A-Z0-9_]{2,80})["'`]? (?:is |was )?(?:not (?:set|found|defined)|missing|required|undefined)/i,
  ),
  rule(
    "missing-env",
    /^(?:KeyError|KeyError \(key not found\)|key not found): ["'](?<name>[A-Z][A-Z0-9_]{2,80})["']/,
  ),
  rule("missing-env", /\bThe (?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]{1,80}) setting must not be empty/),
  rule("module-not-found", /(?:Error: )?Cannot find (?:module|package) '(?<name>[^']{1,300})'/),
  rule("module-not-found", /(?:ModuleNotFoundError: )?No module named '?(?<name>[\w.]{1,200})'?/),
  rule("module-not-found", /^ImportError: (?<detail>.{1,300})/),
  rule(
    "module-not-found",
    /cannot load such file -- (?<name>\S{1,200})|ClassNotFoundException: (?<detail>\S{1,200})|error while loading shared libraries: (?<path>[^:\s]{1,200})/,
  ),
  rule(
    "dependency-refused",
    at(
      String.raw`(?:ECONNREFUSED|connect\w* to|dial (?:tcp|unix)) (?:.{0,20}?)`,
      String.raw`(?:$|\s|[,;)]|: connect: connection refused)`,
    ),
  ),
  rule("dependency-refused", /ECONNREFUSED ::1:(?<port>\d{1,5})|ECONNREFUSED (?<path>\/\S{1,200})/),
  rule(
    "dependency-refused",
    /connection to server (?:at|on) "(?<address>[^"]{1,200})"(?: \([^)]{1,64}\))?, port (?<port>\d{1,5}) failed: Connection refused/,
  ),
  rule("dependency-refused", /connection to server on socket "(?<path>[^"]{1,200})" failed/),
  rule("dependency-refused", /Error (?:111|61) connecting to (?<address>[\w.-]{1,253}):(?<port>\d{1,5})/),
  rule(
    "dependency-refused",
    /Can't connect to (?:local )?(?:MySQL|MariaDB|server) .{0,20}?(?:server )?(?:on|through socket) '(?<name>[^']{1,200})'/,
  ),
  rule(
    "dependency-refused",
    /could not connect to server: Connection refused|\[Errno 111\]|Connection refused \(os error 111\)|SQLSTATE\[HY000\] \[2002\]|ECONNREFUSED|java\.net\.ConnectException: Connection refused/,
  ),
  // An address needs no resolver: what could not be resolved there is a setting with a stray character in it.
  rule(
    "dependency-unresolved",
    /(?:EAI_AGAIN|ENOTFOUND) (?!\d{1,3}(?:\.\d{1,3}){3}(?![\w.-]))(?<name>[\w.-]{1,253})/,
  ),
  rule(
    "dependency-unresolved",
    /could not translate host name "(?<name>[^"]{1,253})"|lookup (?<address>[\w.-]{1,253}).{0,60}: no such host|Temporary failure in name resolution|Name or service not known/,
  ),
  rule("permission-denied", /EACCES: permission denied, (?<step>\w{2,20}) '(?<path>[^']{1,1000})'/),
  rule("permission-denied", at(String.raw`listen EACCES: permission denied `)),
  rule(
    "permission-denied",
    /PermissionError: \[Errno 13\] Permission denied(?:: '(?<path>[^']{1,1000})')?|EACCES|Permission denied @ \w{1,40} - (?<name>\S{1,300})|open (?<detail>\/\S{1,300}): permission denied/,
  ),
  rule("too-many-open-files", /EMFILE|[Tt]oo many open files|Errno 24\]|No file descriptors available/),
  rule("no-space", /ENOSPC|No space left on device|Errno 28\]/),
  rule("file-not-found", /ENOENT: no such file or directory, (?<step>\w{2,20}) '(?<path>[^']{1,1000})'/),
  rule(
    "file-not-found",
    /FileNotFoundError: \[Errno 2\] No such file or directory(?:: '(?<path>[^']{1,1000})')?/,
  ),
  rule("migration-pending", /Migrations are pending|You have \d{1,5} unapplied migration/),
  rule(
    "listening",
    /Listening at: https?:\/\/(?<address>\[?[\w.:*-]{1,64}?\]?):(?<port>\d{1,5})(?: \((?<pid>\d{1,10})\))?/,
  ),
  rule("listening", /Listening at: unix:(?<path>\S{1,200})/),
  rule(
    "listening",
    /Uvicorn running on (?:https?:\/\/(?<address>\[?[\w.:*-]{1,64}?\]?):(?<port>\d{1,5})|(?:unix )?socket (?<path>\S{1,200}))/,
  ),
  rule(
    "listening",
    at(
      String.raw`(?:[Ll]istening|[Rr]unning|[Ss]erving|[Ss]tarted|[Rr]eady|[Aa]ccepting connections)(?: \w{1,12}){0,3}(?: on| at)?:? {1,4}(?:https?:\/\/|tcp:\/\/|address )?`,
    ),
  ),
  rule(
    "listening",
    /(?:[Ll]istening|[Rr]unning|[Ss]erving|started|Tomcat started)(?: \w{1,12}){0,2} on (?:port\(s\):? |port:? |:{1,3})?(?<port>\d{2,5})\b/,
  ),
  rule("listening", /Local:\s{1,20}https?:\/\/(?<address>[\w.-]{1,253}):(?<port>\d{1,5})/),
  rule(
    "syntax-error",
    /^(?:SyntaxError|IndentationError|TabError): (?<detail>.{1,300})|PHP Parse error:\s{1,3}(?<path>.{1,300})/,
  ),
  rule("traceback", /^Traceback \(most recent call last\):/),
  rule(
    "exception",
    /^(?:\[?Uncaught (?:exception )?:? ?|Unhandled exception[.:] |PHP Fatal error: {1,2}Uncaught |panic: |Exception in thread "[^"]{1,100}" )?(?<name>(?:[A-Za-z_][\w$]{0,60}[.:]{1,2}){0,8}[A-Z][\w$]{0,80}(?:Error|Exception|Exit|Interrupt|Warning))(?: \[[A-Z_]{2,60}\])?: (?<detail>.{0,500})/,
  ),
  rule(
    "exception",
    /^(?<name>Error|panic|FATAL ERROR|FATAL|fatal error|boom)(?: \[[A-Z_]{2,60}\])?: (?<detail>.{1,500})/,
  ),
  // Python and Java print a class with its package; the package makes it unmistakable, whatever the class is called.
  rule("exception", /^(?:Caused by: )?(?<name>(?:[a-z_]\w{0,60}\.){1,8}[A-Z]\w{1,80}): (?<detail>.{0,500})/),
  rule("exception", /^(?<name>thread '[^']{1,60}' panicked) at (?<detail>.{1,500})/),
];
