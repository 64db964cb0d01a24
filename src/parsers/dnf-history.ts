import { z } from "zod";
import { linesOf, ran, type Output } from "./output.ts";

export const dnfHistorySchema = z.object({
  transactions: z.array(
    z.object({
      id: z.number(),
      command: z.string(),
      localTime: z.string(),
      actions: z.string(),
      altered: z.number(),
    }),
  ),
});
export type DnfHistory = z.infer<typeof dnfHistorySchema>;

const LINE =
  /^\s{0,10}(\d{1,9}) \| (.{0,300}?)\s{0,300}\| (\d{4}-\d\d-\d\d) (\d\d:\d\d) \| (.{1,60}?)\s{0,60}\|\s{1,20}(\d{1,7})/;

/** Transactions from `dnf history list` (yum prints the same table), newest first. */
export function parseDnfHistory(output: Output): DnfHistory | undefined {
  if (!ran(output) || output.exitCode !== 0) return undefined;
  const transactions = linesOf(output.stdout).flatMap((line) => {
    const match = LINE.exec(line.slice(0, 1000));
    if (match === null) return [];
    const [, id, command = "", day = "", time = "", actions = "", altered] = match;
    return [
      {
        id: Number(id),
        command: command.trim(),
        localTime: `${day}T${time}`,
        actions: actions.trim(),
        altered: Number(altered),
      },
    ];
  });
  return transactions.length === 0 && !/Command line/.test(output.stdout.slice(0, 500))
    ? undefined
    : { transactions };
}
