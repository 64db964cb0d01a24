import { defineConfig } from "vitest/config";

// Lab and browser tests need root, packages or Chromium: they have their own commands.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/lab/**", "test/browser/**", "test/crash/**", "test/storm/**", "node_modules/**"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
