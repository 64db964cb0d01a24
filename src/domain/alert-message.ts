/** A message of another app in a channel, as far as looking through it needs. */
export interface ForeignMessage {
  readonly ts: string;
  /** Everything it says, with the addresses it links to and without Slack's markup. */
  readonly text: string;
}

/** By what an alert's own message is known. */
export interface Sought {
  readonly name: string;
  readonly fingerprint: string;
  /** Names under which the alert speaks of its host. */
  readonly called: readonly string[];
  readonly urls: readonly string[];
}

/**
 * Finds the message by which the alert's sender announced it in Slack: one with its fingerprint, or with its name and
 * its host, or with its name, a link to it and no other host. Of several as good the newest counts; the end of an alert
 * is no announcement.
 * @param hosts names of the inventory
 */
export function announcementOf(
  alert: Sought,
  messages: readonly ForeignMessage[],
  hosts: readonly string[],
): ForeignMessage | undefined {
  const firing = messages
    .filter((m) => !/\bRESOLVED\b/i.test(m.text) || /\bFIRING\b/i.test(m.text))
    .toSorted((a, b) => Number(b.ts) - Number(a.ts));
  const named = firing.filter((m) => speaksOf(m.text, alert.name));
  return (
    firing.find((m) => alert.fingerprint.length >= 8 && speaksOf(m.text, alert.fingerprint)) ??
    named.find((m) => alert.called.some((name) => speaksOf(withoutUrls(m.text), name))) ??
    named.find(
      (m) =>
        alert.urls.some((url) => m.text.includes(url)) &&
        !hosts.some((name) => speaksOf(withoutUrls(m.text), name)),
    )
  );
}

/** The address of the alerting system itself may be one of a host. */
function withoutUrls(text: string): string {
  return text.replaceAll(/\bhttps?:\/\/\S+/gi, " ");
}

/** True where the word stands by itself: "web-1" does not stand in "web-10" nor in "db.web-1". */
function speaksOf(text: string, word: string): boolean {
  if (word === "") return false;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text.charAt(at - 1), text.charAt(at + word.length)];
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}
