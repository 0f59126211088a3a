import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { NAMES: JSON.stringify({ en: { name: "Miners", description: "All" } }) },
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.ts"],
    coverage: {
      enabled: true,
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/types.ts"],
      reporter: ["text"],
      thresholds: { lines: 80, statements: 80, functions: 80, branches: 80 },
    },
  },
});
