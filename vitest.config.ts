import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "scripts/**/*.test.ts", "docs/**/*.test.ts"],
    // type tests are ordinary tests here: the checker's complaints fail the test they stand in
    typecheck: {
      enabled: true,
      include: ["packages/*/typetest/**/*.test-d.ts"],
      tsconfig: "tsconfig.typetest.json",
      spawnTimeout: 60_000
    },
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 30_000
  }
})
