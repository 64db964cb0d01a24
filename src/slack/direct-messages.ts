import type { WebClient } from "@slack/web-api";
import { readTrouble } from "./api-errors.ts";

/** The conversations in which people are written to directly: those can be read again and updated, a person's id cannot. */
export class DirectMessages {
  readonly #client: WebClient;
  readonly #known = new Map<string, string>();

  constructor(client: WebClient) {
    this.#client = client;
  }

  /**
   * @param to a channel, which is its own address, or a person
   * @throws the client's errors where a person cannot be written to, or not now
   */
  async address(to: string): Promise<string> {
    if (!/^[UW]/.test(to)) return to;
    const known = this.#known.get(to);
    if (known !== undefined) return known;
    try {
      const { channel } = await this.#client.conversations.open({ users: to });
      if (channel?.id === undefined) return to;
      this.#known.set(to, channel.id);
      return channel.id;
    } catch (error) {
      // Posting takes a person's id, too: what was posted is not found again then.
      if (readTrouble(error).code === "missing_scope") return to;
      throw error;
    }
  }
}
