import { expect, test } from "vitest";
import { parseLogEvent } from "../src/parsers/log-event.ts";
