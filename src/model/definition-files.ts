/** Log files that a command line or a definition names. */
export function logFiles(argv: string, text: string): string[] {
  const pattern =
    /(?:--(?:error-)?log(?:-?file|to)?[= ]|Standard(?:Output|Error)=(?:append|file|truncate):|std(?:err|out)_logfile\s*=\s*|logto\s*=\s*|--daemonize[= ])(\/[\w./@+-]+)/g;
  return [...new Set([...`${argv}\n${text}`.matchAll(pattern)].map((m) => m[1] ?? ""))];
}

export const PROGRAM_DIRS = /^\/(usr\/)?(local\/)?s?bin\//;

const USUAL = [
  "server.js",
  "app.js",
  "index.js",
  "main.js",
  "package.json",
  "app.py",
  "main.py",
  "wsgi.py",
  "gunicorn.conf.py",
  "config.ru",
  ".env",
  "config/puma.rb",
  "ecosystem.config.js",
  "config.json",
  "config.yml",
  "config.yaml",
  "settings.json",
  "settings.yml",
  "settings.py",
  "config.toml",
  "application.yml",
  "application.properties",
  "config/default.json",
  "config/config.json",
  "config/production.json",
  ".env.production",
];

/** Files a command line and unit file name: scripts, environment files, configuration; relative ones in the working directory. */
export function definitionFiles(argv: readonly string[], cwd: string | undefined, more: string): string[] {
  const files = new Set<string>();
  const dir = cwd?.replace(/^[-~!]+/, "").replace(/\/$/, "");
  for (const word of argv.flatMap((w) => w.split(/[\s;&|'"()]+/))) {
    const value = word.replace(/^--?[\w-]+=/, "");
    if (/^\/[\w./@+-]+$/.test(value) && !PROGRAM_DIRS.test(value)) files.add(value);
    else if (dir?.startsWith("/") && /^[\w][\w./-]*\.\w{1,5}$/.test(value)) files.add(`${dir}/${value}`);
    else if (dir?.startsWith("/") && /^[\w.]+:[\w.]+$/.test(value))
      files.add(`${dir}/${value.split(":")[0]?.replaceAll(".", "/")}.py`);
  }
  for (const match of more.matchAll(/(?:EnvironmentFile=-?|^|\s)(\/[\w./@+-]+)(?:\s|$|\()/gm)) {
    const path = match[1] ?? "";
    if (!PROGRAM_DIRS.test(path) && /\.|\/etc\/(default|sysconfig)\//.test(path)) files.add(path);
  }
  const beside = [...files]
    .filter((f) => /\.(js|mjs|cjs|ts|py|rb|php|pl|sh|jar)$/.test(f))
    .map((f) => f.slice(0, f.lastIndexOf("/")));
  for (const folder of new Set([...(dir?.startsWith("/") ? [dir] : []), ...beside])) {
    if (folder !== "" && !/^\/(usr|bin|sbin|lib)(\/|$)/.test(folder))
      for (const name of USUAL) files.add(`${folder}/${name}`);
  }
  return [...files].slice(0, 60);
}
