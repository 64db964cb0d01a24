import { at, isJson, records, strings } from "../json.ts";
import { LIMITS } from "./limits.ts";
import { anything, byType, listOf, number, object, text } from "./shape.ts";
import type { Shape } from "./shape.ts";

const base = { type: anything };
const label = text(LIMITS.chartLabel);
const anyNumber = number(-Number.MAX_VALUE, Number.MAX_VALUE, true);

const series = object(
  { name: label, data: listOf(object({ label, value: anyNumber }, {}), LIMITS.chartPoints) },
  {},
);
const axis = object(
  { categories: listOf(label, LIMITS.chartCategories) },
  { x_label: text(LIMITS.chartAxisLabel), y_label: text(LIMITS.chartAxisLabel) },
);

/** Series have names of their own, and a point for each category, in order. */
const seriesFit: Shape = (value, pointer, problems) => {
  if (!isJson(value)) return;
  const all = records(value["series"]);
  const names = all.map((each) => each["name"]);
  if (new Set(names).size !== names.length) problems.add("series names must be unique", `${pointer}/series`);
  const categories = strings(at(value, "axis_config", "categories"));
  all.forEach((each, index) => {
    const labels = records(each["data"]).map((point) => point["label"]);
    if (JSON.stringify(labels) !== JSON.stringify(categories)) {
      problems.add(
        "data labels must match axis_config.categories",
        `${pointer}/series/${String(index)}/data`,
      );
    }
  });
};

const xy = object({ ...base, series: listOf(series, LIMITS.chartSeries), axis_config: axis }, {}, seriesFit);
const positive: Shape = (value, pointer, problems) => {
  if (typeof value !== "number" || value <= 0) problems.add("must be greater than 0", pointer);
};
const pie = object(
  { ...base, segments: listOf(object({ label, value: positive }, {}), LIMITS.chartSeries) },
  {},
);

/** The data_visualization block. */
export const chartBlock: Shape = object(
  {
    ...base,
    title: text(LIMITS.chartTitle),
    chart: byType({ line: xy, bar: xy, area: xy, pie }),
  },
  { block_id: text(LIMITS.id) },
);
