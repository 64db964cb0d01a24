import { writeFileSync } from "node:fs";

// Loaded into the measured process by --import: says its peak memory in kB where the bench told it to.
process.on("exit", () => {
  const file = process.env["FIVEOHTWO_BENCH_PEAK"];
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
