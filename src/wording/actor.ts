const KINDS: Readonly<Record<string, (name: string) => string>> = {
  local: (name) => `${name} (terminal)`,
  schedule: (name) => `the schedule ${name}`,
  alert: (name) => `an alert of ${SOURCES[name] ?? "another system"}`,
  watch: (name) => `the watch of ${name}`,
};
const SOURCES: Readonly<Record<string, string>> = { alertmanager: "Alertmanager", grafana: "Grafana" };

/** Who acted, in words, where it is nobody of Slack's: "the watch of web-1". @param id as in Actor.id */
export function sayActor(id: string): string {
  const at = id.indexOf(":");
  const say = at < 0 ? undefined : KINDS[id.slice(0, at)];
  return say === undefined ? id : say(id.slice(at + 1));
}
