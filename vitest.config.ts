import { defineConfig } from "vitest/config";

// Lab and browser tests need root, packages or Chromium: they have their own commands.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/lab/**", "test/browser/**", "test/crash/**", "test/storm/**", "node_modules/**"],
    // Against what never ends only: how long a test takes is the loaded machine's matter.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    // CI shares its machine: what fails once for its load must pass alone the second time.
    retry: process.env["CI"] === "true" ? 1 : 0,
  },
});
