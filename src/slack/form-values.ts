import type { ViewSubmitAction } from "@slack/bolt";

type Values = ViewSubmitAction["view"]["state"]["values"];

/** What stands in a form's fields; a field that is empty or absent is undefined. */
export class FormValues {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  text(id: string): string | undefined {
    const typed = this.#values[id]?.[id]?.value?.trim() ?? "";
    return typed === "" ? undefined : typed;
  }

  option(id: string): string | undefined {
    return this.#values[id]?.[id]?.selected_option?.value;
  }

  options(id: string): string[] {
    return (this.#values[id]?.[id]?.selected_options ?? []).map((o) => o.value);
  }

  conversation(id: string): string | undefined {
    return this.#values[id]?.[id]?.selected_conversation ?? undefined;
  }

  people(id: string): readonly string[] {
    return this.#values[id]?.[id]?.selected_users ?? [];
  }
}
