/** The tests that the mutation tests run for each change: unit tests of files without Effect, or nearly so. */
import { defineConfig } from "vitest/config"

const folder = "packages/friendli/test"

export default defineConfig({
  test: {
    include: [
      `${folder}/internal/{queue,retryAfter,secrets,sse,url}.test.ts`,
      `${folder}/accumulators/{chunks,completion,usage}.test.ts`,
      `${folder}/resilience/{admission,circuits,rates}.test.ts`
    ],
    setupFiles: ["scripts/vitest/properties.ts"],
    env: { PROPERTY_SECONDS: "0.5" }
  }
})
