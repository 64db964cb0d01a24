import { FIELDS, VIEWS } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { plain, type View } from "./blocks.ts";
import { channelField, field, playbookField } from "./fields.ts";

export const NEW_RUN_TITLE = "Diagnose a host";

/** The form behind the shortcut "Diagnose a host". Nothing has to be looked up for it: hosts are searched as one types. */
export function newRunView(playbooks: readonly string[]): View {
  return {
    type: "modal",
    callback_id: VIEWS.newRun,
    title: plain(NEW_RUN_TITLE, LIMITS.viewTitle),
    submit: plain("Diagnose", LIMITS.viewButton),
    close: plain("Cancel", LIMITS.viewButton),
    blocks: [
      field({
        id: FIELDS.host,
        label: "Host",
        element: {
          type: "external_select",
          min_query_length: 0,
          focus_on_load: true,
          placeholder: plain("Type a part of its name", LIMITS.placeholder),
        },
      }),
      channelField("The verdict is posted there. Empty: I answer you directly.", true),
      field({
        id: FIELDS.site,
        label: "Site or URL of the complaint",
        hint: "As shop.example.test or https://shop.example.test/cart. Empty: every site of the host.",
        optional: true,
        element: { type: "plain_text_input", max_length: 500 },
      }),
      playbookField(playbooks),
    ],
  };
}
