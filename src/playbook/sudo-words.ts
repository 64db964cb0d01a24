/**
 * What a value of a command may be where a sudo rule pins its words: POSIX extended regular expressions that
 * JavaScript reads alike. None can hold a space, a hidden file or "..", save where a list is meant.
 */
const SEGMENT = "[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*";
const PATH = `(/${SEGMENT})+`;
/** systemd writes what a unit's name cannot hold as \\x20 (systemd.unit(5)); a backslash in brackets is read differently. */
const UNIT = "[A-Za-z0-9]([A-Za-z0-9@_.:-]|\\\\x[0-9a-f]{2})*\\.(service|socket)";
const NAME = "[A-Za-z0-9][A-Za-z0-9_.:@-]*";
const USER = "[a-z_][a-z0-9_.-]*";
const ADDRESS = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
const PID = "[1-9][0-9]*";
const CONTAINER = "[0-9a-f]{12,64}";

/** By "program:fact", or by the fact alone. A fact that is missing here cannot be pinned. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["tail:each.path", `/var/log${PATH}`],
  ["cat:each.path", `${PATH}/\\.pm2/dump\\.pm2`],
  ["namei:each.path", PATH],
  ["stat:each.paths", `${PATH}( ${PATH})*`],
  ["sha256sum:each.paths", `/etc${PATH}( /etc${PATH})*`],
  ["test:each.path", PATH],
  ["openssl:each.path", PATH],
  // Only numbers are asked for: nothing but numbers can be printed.
  ["grep:each.needles", "[0-9|]+"],
  ["grep:each.files", `${PATH}( ${PATH})*`],
  ["journalctl:each.name", UNIT],
  ["docker:each.names", `${CONTAINER}( ${CONTAINER})*`],
  ["docker:each.name", NAME],
  ["curl:each.path", PATH],
  ["curl:each.url", "http://localhost/"],
  ["curl:each.host", "[A-Za-z0-9.-]+"],
  ["curl:each.agent", "fiveohtwo/[A-Za-z0-9./(); -]+"],
  ["each.pid", PID],
  ["each.worker", PID],
  ["each.user", USER],
  ["each.home", `${PATH}/\\.pm2`],
  ["each.path", `${PATH}(:${PATH})*`],
  ["unit.id", UNIT],
  ["pool.unit", UNIT],
  ["nginx.tempDir", PATH],
  ["nginx.tempDirOwner", USER],
  ["host.somaxconn", PID],
  ["net.chain", NAME],
  ["peer.address", ADDRESS],
  ["peer.port", PID],
  ["app.userHome", PATH],
  ["container.composeFile", PATH],
  ["container.composeDir", PATH],
  ["container.project", NAME],
  ["container.service", NAME],
  ["unit.triggeredBy[0]", UNIT],
  ["nginx.unit", UNIT],
  ["net.resolverUnit", UNIT],
  ["listener.pid", PID],
  ["host.portsFrom", PID],
  ["host.portsTo", PID],
  ["container.name", NAME],
  ["service.name", NAME],
  ["app.name", NAME],
  ["app.user", USER],
  ["app.home", `${PATH}/\\.pm2`],
  ["app.path", `${PATH}(:${PATH})*`],
  ["nginx.user", USER],
  ["unit.user", USER],
  ["peer.path", `${PATH}\\.sock(et)?`],
  ["socket.dir", `/run${PATH}`],
  ["socket.blockedAt", PATH],
]);

/** The words that a fact may stand for in a command; undefined when nothing is known of them. */
export function wordsOfFact(programs: readonly string[], fact: string): string | undefined {
  for (const program of programs) {
    const own = WORDS.get(`${program}:${fact}`);
    if (own !== undefined) return own;
  }
  return WORDS.get(fact);
}
