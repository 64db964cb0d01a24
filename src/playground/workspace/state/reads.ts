/** How far each user has read each channel: the ts of the newest message that was on the screen. */
export class Reads {
  readonly #upTo = new Map<string, string>();

  mark(user: string, channel: string, ts: string): void {
    if (ts > this.upTo(user, channel)) this.#upTo.set(`${user} ${channel}`, ts);
  }

  upTo(user: string, channel: string): string {
    return this.#upTo.get(`${user} ${channel}`) ?? "";
  }
}
