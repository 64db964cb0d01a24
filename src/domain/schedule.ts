/** When a channel gets its report. */
export interface Schedule {
  /** Unique; matches ^[a-z0-9][a-z0-9-]*$. */
  readonly id: string;
  /** As it was written: "weekdays 09:00", or a cron expression. */
  readonly when: string;
  /** The cron expression it means. */
  readonly cron: string;
  /** IANA name of the zone in which it is meant. */
  readonly zone: string;
  readonly channel: string;
  /** Hosts and "@group"s. */
  readonly on: readonly string[];
  readonly playbook?: string;
  readonly quiet: boolean;
  readonly paused: boolean;
  /** "file": written in 502.yml, and changed only there. */
  readonly owner: "file" | "people";
  readonly createdBy: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** No due time before it counts: when it was made, or went on after a pause. Epoch milliseconds. */
  readonly countsFrom: number;
}
