/** Whom and what somebody named for a first policy, as Slack's ids. */
export interface FirstSteps {
  readonly approvers: readonly string[];
  readonly group?: string;
  readonly channel?: string;
}

/** The lines of a first policy, for 502.yml: members diagnose, those named approve all but dangerous fixes. */
export function policyLines({ approvers, group, channel }: FirstSteps): string {
  const who = [...(group === undefined ? [] : [group]), ...approvers];
  return [
    "policy:",
    "  - who: [members]",
    "    may: [diagnose, schedule, silence]",
    `  - who: [${who.join(", ")}]`,
    ...(channel === undefined ? [] : [`    in: [${channel}]`]),
    "    may: [approve:safe, approve:disruptive, approve:edit]",
  ].join("\n");
}

/** The lines that belong under slack: of 502.yml; empty where there are none. */
export function slackLines({ group, channel }: FirstSteps): string {
  return [
    ...(group === undefined ? [] : [`  onCallGroup: ${group}`]),
    ...(channel === undefined ? [] : [`  defaultChannel: ${channel}`]),
  ].join("\n");
}
