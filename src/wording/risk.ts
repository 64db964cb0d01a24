import type { Risk } from "../domain/diagnosis.ts";

const MEANS: Readonly<Record<Risk, string>> = {
  safe: "nothing that works now is stopped",
  disruptive: "requests in progress may be cut off, and what still works may pause",
  dangerous: "it may lose data, open what was closed, or hit something else that runs",
};

/** "disruptive: requests in progress may be cut off, …": what a fix's risk means for those who decide. */
export function sayRisk(risk: Risk): string {
  return `${risk}: ${MEANS[risk]}`;
}
