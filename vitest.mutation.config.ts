/**
 * The tests that the mutation tests run for each change: the unit and the exhaustive tests of files without Effect, or nearly so. Stryker's
 * code counts every expression, which makes the files that it changes many times slower. So tests that measure time (`*.cost.test.ts`) are
 * not among them, nor are searches in long texts: a change that no test notices would take a minute.
 */
import { defineConfig } from "vitest/config"
import { Likeliest } from "./scripts/vitest/likeliest.js"

const folder = "packages/friendli/test"

export default defineConfig({
  test: {
    include: [
      `${folder}/internal/{echoes,echoesWork,secrets}.test.ts`,
      `${folder}/internal/{queue,retryAfter,sse,url}{,.exhaustive}.test.ts`,
      `${folder}/accumulators/{chunks,chunkProperties,completion,toolCalls,toolCallParts,usage}{,.exhaustive}.test.ts`,
      `${folder}/resilience/{admission,circuits,rates}{,.exhaustive}.test.ts`
    ],
    testTimeout: 20_000,
    setupFiles: ["scripts/vitest/properties.ts"],
    // a mutant needs one counterexample, not the smallest
    env: { PROPERTY_SECONDS: "1", PROPERTY_SHRINK: "no" },
    sequence: { sequencer: Likeliest }
  }
})
