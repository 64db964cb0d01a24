import { withRejections } from "../domain/rejections.ts";
import { ZodError } from "zod";

/** The database did not do what was asked: another try may help, whatever the message says. */
export class StoreTrouble extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "StoreTrouble";
  }
}

/** The same store, whose rejections are StoreTrouble, save where it is a row that cannot be read: that stays so. */
export function telling<S extends object>(store: S): S {
  return withRejections(store, (error) => (isOfTheRow(error) ? error : new StoreTrouble(error)));
}

/** What a row of another version or a broken one brings about: JSON, its shape, what was compressed. */
function isOfTheRow(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof ZodError) return true;
  if (error instanceof TypeError) return !/database connection|driver/i.test(error.message);
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
