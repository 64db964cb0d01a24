type NginxFlavour = "nginx" | "openresty" | "angie" | "freenginx" | "tengine";

export interface NginxBuild {
  readonly flavour: NginxFlavour;
  /** Of the program itself, as printed: "1.22.1", OpenResty's "1.25.3.1". */
  readonly version: string;
  /** The nginx release it is built on, where it is told; else its own. freenginx counts its own. */
  readonly numbers: readonly number[];
  readonly openssl?: string;
  readonly prefix?: string;
  readonly confPath?: string;
  readonly errorLogPath?: string;
  readonly accessLogPath?: string;
  readonly pidPath?: string;
  readonly user?: string;
  readonly group?: string;
}

const FLAVOURS: Readonly<Record<string, NginxFlavour>> = {
  nginx: "nginx",
  openresty: "openresty",
  angie: "angie",
  freenginx: "freenginx",
  tengine: "tengine",
};

/** Reads standard error of `nginx -V` (or `-v`); undefined when it is no such output. */
export function parseNginxVersion(stderr: string): NginxBuild | undefined {
  const match = /^(?:nginx|Angie) version: ([A-Za-z]+)\/(\d+(?:\.\d+){1,3})/im.exec(stderr);
  const flavour = FLAVOURS[(match?.[1] ?? "").toLowerCase()];
  const version = match?.[2];
  if (flavour === undefined || version === undefined) return undefined;
  // Angie names the nginx release it is built on in a second line.
  const base = /^nginx version: [A-Za-z]+\/(\d+(?:\.\d+){1,3})/m.exec(stderr)?.[1];
  const args = /^configure arguments:(.*)$/m.exec(stderr)?.[1] ?? "";
  // A quoted argument (--with-cc-opt='-O2 --prefix=…') is one word.
  const words = args.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  const arg = <K extends string>(key: K, name: string): { [P in K]?: string } => {
    const word = words.find((each) => each.startsWith(`--${name}=`));
    const out: { [P in K]?: string } = {};
    if (word !== undefined) out[key] = word.slice(name.length + 3).replace(/^(['"])(.*)\1$/, "$2");
    return out;
  };
  const prefix = arg("prefix", "prefix").prefix;
  const openssl = /^built with (?:OpenSSL|BoringSSL|LibreSSL) (\S+)/m.exec(stderr)?.[1];
  return {
    flavour,
    version,
    numbers: (base ?? version).split(".").map(Number).slice(0, 3),
    ...(openssl === undefined ? {} : { openssl }),
    ...(prefix === undefined ? {} : { prefix }),
    ...absolute(arg("confPath", "conf-path"), prefix),
    ...absolute(arg("errorLogPath", "error-log-path"), prefix),
    ...absolute(arg("accessLogPath", "http-log-path"), prefix),
    ...absolute(arg("pidPath", "pid-path"), prefix),
    ...arg("user", "user"),
    ...arg("group", "group"),
  };
}

/** A relative built-in path counts from the prefix. */
function absolute<K extends string>(
  paths: { [P in K]?: string },
  prefix: string | undefined,
): { [P in K]?: string } {
  const out: { [P in K]?: string } = {};
  for (const key in paths) {
    const path: string | undefined = paths[key];
    if (path === undefined) continue;
    out[key] =
      path.startsWith("/") || path === "stderr" || prefix === undefined
        ? path
        : `${prefix.replace(/\/$/, "")}/${path}`;
  }
  return out;
}
