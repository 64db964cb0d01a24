import type { Json } from "../json.ts";

/** An open modal, or a published App Home. `payload` is the view as the bot gave it, ids filled in. */
export interface View {
  id: string;
  user: string;
  type: "modal" | "home";
  payload: Json;
  hash: string;
  rootId: string;
  previousId?: string;
  /** inputs as last seen: block_id → action_id → element state */
  values: Json;
  /** messages at the fields: block_id → text */
  errors: Record<string, string>;
  /** a sentence at the top of the modal when a submission failed */
  trouble?: string;
  /** response URLs asked for by response_url_enabled selects are made at submission */
  channel?: string;
}

/** The deepest stack Slack allows: a modal and two pushed upon it. */
export const MODAL_STACK_LIMIT = 3;

/** Open modals (a stack per user) and published Home tabs. */
export class Views {
  readonly #stacks = new Map<string, View[]>();
  readonly #homes = new Map<string, View>();

  stack(user: string): View[] {
    return this.#stacks.get(user) ?? [];
  }

  /** The modal the user looks at, or undefined. */
  top(user: string): View | undefined {
    return this.stack(user).at(-1);
  }

  home(user: string): View | undefined {
    return this.#homes.get(user);
  }

  publish(view: View): void {
    this.#homes.set(view.user, view);
  }

  /** A new stack: an open modal is replaced. */
  open(view: View): void {
    this.#stacks.set(view.user, [view]);
  }

  push(view: View): void {
    this.#stacks.set(view.user, [...this.stack(view.user), view]);
  }

  pop(user: string): void {
    this.#stacks.set(user, this.stack(user).slice(0, -1));
  }

  clear(user: string): void {
    this.#stacks.delete(user);
  }

  /** By view id or external_id, modal or home. */
  find(id: string): View | undefined {
    const every = [...[...this.#stacks.values()].flat(), ...this.#homes.values()];
    return every.find((view) => view.id === id || view.payload["external_id"] === id);
  }
}
