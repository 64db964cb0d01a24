import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { overLimits } from "../support/block-kit-limits.ts";
import { noPictures, takePictures } from "./pictures.ts";
import { allPieces } from "./pieces.ts";

/**
 * `npm run gallery -- --out DIR [--only PART]`: every message and view as it is sent to Slack (NAME.json) and as the
 * page draws it (NAME.png). Exit code 1 when one breaks a limit of Slack's, 64 without --out.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { out: { type: "string" }, only: { type: "string", default: "" } },
  });
  if (values.out === undefined) {
    process.stderr.write("Say where to: npm run gallery -- --out DIR\n");
    return 64;
  }
  const pieces = (await allPieces()).filter((p) => p.name.includes(values.only));
  mkdirSync(values.out, { recursive: true });
  let broken = 0;
  for (const { name, surface, payload, errors } of pieces) {
    writeFileSync(
      join(values.out, `${name}.json`),
      `${JSON.stringify({ surface, payload, errors }, undefined, 2)}\n`,
    );
    const problems = overLimits(surface, payload);
    broken += problems.length === 0 ? 0 : 1;
    for (const problem of problems) process.stderr.write(`${name}: ${problem}\n`);
  }
  const why = noPictures();
  const drawn = why === undefined ? await takePictures(pieces, values.out) : 0;
  process.stdout.write(
    `${pieces.length} messages and views in ${values.out}; ${why === undefined ? `${drawn} pictures` : `no pictures: ${why}`}\n`,
  );
  return broken === 0 ? 0 : 1;
}

process.exit(await main());
