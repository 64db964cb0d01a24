/** "45 seconds", "1 minute", "90 seconds", "10 minutes", "2 hours": in the largest unit that divides it. */
export function sayDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds % 3_600 === 0 && seconds > 3_600) return counted(seconds / 3_600, "hour");
  if (seconds % 60 === 0 && seconds > 60) return counted(seconds / 60, "minute");
  return counted(seconds, "second");
}

function counted(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
