import { expect, test } from "vitest";
import { announcementOf, type Sought } from "../../src/domain/alert-message.ts";

const hosts = ["web-1", "web-2", "web-10", "mon-1"];
const alert: Sought = {
  name: "High5xx",
  fingerprint: "5d4f1c8c8a5b2a11",
  called: ["web-1", "web-1:9100", "198.51.100.6"],
  urls: ["http://mon-1:9093"],
};

test.each<[string, string[], number | undefined]>([
  ["its fingerprint alone", ["disk full", "alert 5d4f1c8c8a5b2a11 fires"], 1],
  ["its name and its host", ["[FIRING:1] High5xx (web-1 critical)"], 0],
  ["its name and an address of its host", ["[FIRING:1] High5xx 198.51.100.6:9100"], 0],
  ["a host's full name", ["High5xx on web-1.example.test"], 0],
  ["its name and a link to it, for a group", ["[FIRING:3] High5xx http://mon-1:9093/#/alerts?receiver=x"], 0],
  ["the host rather than the mere link", ["High5xx web-1", "High5xx http://mon-1:9093/#/alerts"], 0],
  ["the newest of equals", ["High5xx web-1", "High5xx web-1"], 1],
  ["firing beside resolved ones", ["[FIRING:1, RESOLVED:1] High5xx web-1"], 0],
  ["nothing: another host, though the link is the same", ["High5xx web-2 http://mon-1:9093/"], undefined],
  ["nothing: a host whose name only begins alike", ["High5xx web-10"], undefined],
  ["nothing: part of a longer name", ["High5xx shop.web-1x", "High5xx db-web-1"], undefined],
  ["nothing: another alert of the host", ["[FIRING:1] DiskFull (web-1)"], undefined],
  ["nothing: another alert whose name begins alike", ["[FIRING:1] High5xxRatio (web-1)"], undefined],
  ["nothing: the end of an alert", ["[RESOLVED] High5xx (web-1)"], undefined],
  ["nothing: an empty channel", [], undefined],
])("the announcement is the message with %s", (_what, texts, expected) => {
  const messages = texts.map((text, i) => ({ ts: `179500000${i}.000100`, text }));
  expect(announcementOf(alert, messages, hosts)?.ts).toBe(
    expected === undefined ? undefined : `179500000${expected}.000100`,
  );
});

test("a short fingerprint or an empty name proves nothing", () => {
  const messages = [{ ts: "1.0", text: "cpu 42 on web-1" }];
  expect(announcementOf({ ...alert, fingerprint: "42", name: "" }, messages, hosts)).toBeUndefined();
});
