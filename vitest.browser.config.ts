import { defineConfig } from "vitest/config";

// Drives Chromium (Debian's package), so it runs apart from the other tests: npm run test:browser.
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
  },
});
