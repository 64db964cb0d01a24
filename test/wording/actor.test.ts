import { expect, test } from "vitest";
import { sayActor } from "../../src/wording/actor.ts";

test.each([
  ["local:ada", "ada (terminal)"],
  ["schedule:daily", "the schedule daily"],
  ["alert:alertmanager", "an alert of Alertmanager"],
  ["alert:generic", "an alert of another system"],
  ["watch:web-1", "the watch of web-1"],
  ["U0ADA00001", "U0ADA00001"],
])("%s is %s", (id, said) => {
  expect(sayActor(id)).toBe(said);
});
