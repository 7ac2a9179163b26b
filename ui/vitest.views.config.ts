import { defineConfig } from "vitest/config";

// The whole page in a browser: see tests/.
export default defineConfig({
  test: {
    reporters: ["default", ["junit", { outputFile: "node_modules/.reports/views.xml" }]],
    include: ["tests/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
