import * as Os from "node:os"
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config"
import { bundled } from "./scripts/vitest/bundled.js"
import { vocabularyModule } from "./scripts/vitest/vocabulary.js"

const properties = "scripts/vitest/properties.ts"

/** Tests that open sockets, start processes or take long say so in their file's name. */
const sockets = "{packages/*,docs/site}/test/**/*.sockets.test.ts"

/** Those of the SDK: calls over real connections, which leave nothing behind in a thread that others would see. */
const connections = "packages/friendli/test/**/*.sockets.test.ts"

const faults = "packages/reliability/test/**/*.test.ts"

/** The SDK alone, in process: calls over a scripted `HttpClient`. */
const sdk = "packages/{friendli,vectors}/test/**/*.test.ts"

/** The SDK and the emulator in one process. */
const emulated = "packages/friendli/test/**/*.emulator.test.ts"

/** The other packages in process. */
const others = "packages/!(friendli|vectors)/test/**/*.test.ts"

/** Searches, whole matrices and measures of cost: many tests of what the unit tests state by example. */
const exhaustive = ["packages/*/test/**/*.exhaustive.test.ts", "packages/*/test/**/*.cost.test.ts"]

/** The files of a thread share their modules: loading Effect again for each would take longer than the tests. */
const shared = {
  pool: "threads",
  isolate: false,
  sequence: { groupOrder: 0 }
} satisfies TestProjectInlineConfiguration["test"]

/** Tests that open no socket. */
const inProcess = {
  setupFiles: [properties, "scripts/vitest/closedNetwork.ts"],
  ...shared
} satisfies TestProjectInlineConfiguration["test"]

/** One for each core: every thread loads Effect and the sources for itself. */
const threads = Os.availableParallelism()

export default defineConfig({
  plugins: [bundled()],
  // loading the package itself takes most of a second
  resolve: { alias: { "llama3-tokenizer-js": await vocabularyModule() } },
  test: {
    // only for tests that hang: on a busy machine, a test that starts processes or a browser takes long
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Vitest reads the options of a pool here, and ignores those of a project. Tests in process and those of connections run in
    // threads; the others run isolated, each file in a process of its own. The two numbers are equal because the pool may
    // otherwise end an idle thread twice, and fail.
    poolOptions: {
      threads: { isolate: false, minThreads: threads, maxThreads: threads },
      // Vitest leaves one core free, which of two is half. These tests wait for clocks and sockets for much of their time.
      forks: { minForks: 1, maxForks: Math.max(2, threads) }
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [sdk],
          exclude: [...exhaustive, sockets, emulated],
          ...inProcess
        }
      },
      {
        extends: true,
        test: {
          name: "packages",
          include: [others, emulated],
          exclude: [...exhaustive, sockets, faults],
          ...inProcess
        }
      },
      {
        extends: true,
        test: { name: "exhaustive", include: exhaustive, ...inProcess }
      },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          // each type test is a test: the compiler's errors fail the test that they are in
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/typetest/**/*.test-d.ts"],
            tsconfig: "tsconfig.typetest.json",
            spawnTimeout: 60_000
          },
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: { name: "connections", include: [connections], setupFiles: [properties], ...shared }
      },
      {
        extends: true,
        test: {
          name: "sockets",
          include: [sockets],
          exclude: [connections, "**/node_modules/**"],
          setupFiles: [properties],
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: {
          name: "docs",
          include: ["docs/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: [sockets, "**/node_modules/**"],
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: { name: "faults", include: [faults], setupFiles: [properties], sequence: { groupOrder: 1 } }
      }
    ]
  }
})
