/** The shortcodes that buttons, titles and reactions use; message text is rendered by the Block Kit library. */
const EMOJI: Record<string, string> = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_forward: "▶️", arrow_left: "⬅️", arrow_right: "➡️",
  arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bar_chart: "📊", bell: "🔔", black_circle: "⚫",
  boom: "💥", bug: "🐛", bulb: "💡", calendar: "📅", chart_with_downwards_trend: "📉",
  chart_with_upwards_trend: "📈", clipboard: "📋", clock1: "🕐", closed_lock_with_key: "🔐", construction: "🚧",
  cross_mark: "❌", eyes: "👀", exclamation: "❗", file_folder: "📁", fire: "🔥", gear: "⚙️", grey_question: "❔",
  hammer: "🔨", hammer_and_wrench: "🛠️", hand: "✋", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", house: "🏠", information_source: "ℹ️", key: "🔑", large_blue_circle: "🔵",
  large_green_circle: "🟢", large_orange_circle: "🟠", large_red_square: "🟥", large_yellow_circle: "🟡",
  link: "🔗", lock: "🔒", mag: "🔍", mega: "📣", memo: "📝", no_entry: "⛔", no_entry_sign: "🚫", ok: "🆗",
  ok_hand: "👌", page_facing_up: "📄", paperclip: "📎", pray: "🙏", question: "❓", raised_hands: "🙌",
  red_circle: "🔴", robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", scroll: "📜", see_no_evil: "🙈",
  shield: "🛡️", smile: "😄", sparkles: "✨", speech_balloon: "💬", stethoscope: "🩺", stop_sign: "🛑",
  stopwatch: "⏱️", tada: "🎉", thinking_face: "🤔", thumbsdown: "👎", thumbsup: "👍", unlock: "🔓", warning: "⚠️",
  wastebasket: "🗑️", wave: "👋", white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡",
  zzz: "💤",
};

/** Replaces the shortcodes it knows (":fire:") by the characters; others stay as they are, as in Slack. */
export function withEmoji(text: string): string {
  return text.replaceAll(/:([a-z0-9_+-]+):/g, (whole, name: string) =>
    Object.hasOwn(EMOJI, name) ? (EMOJI[name] ?? whole) : whole,
  );
}
