/**
 * An emulator for a whole run of Vitest: one server for all test files and workers.
 */
import type { ProvidedContext } from "vitest"
import type { TestProject } from "vitest/node"
import { listen, type ListenOptions } from "../NodeServer.js"

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of the emulator of the run, `http://127.0.0.1:port`: `inject("friendliEmulator")`. */
    readonly friendliEmulator: string
  }
}

/** The name under which tests get the URL. */
const contextName: keyof ProvidedContext & string = "friendliEmulator"

/** The variables from which programs read the URL and the token. */
const addressVariable = "FRIENDLI_BASE_URL"
const tokenVariable = "FRIENDLI_TOKEN"

/** Sets variables, and returns a function that restores them. */
const setVariables = (values: Readonly<Record<string, string>>): (() => void) => {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

/**
 * Makes a global setup of Vitest that starts an emulator before the first test file and stops it after the last.
 *
 * **When to use** when tests need a server with options. A file of your own exports it, and `globalSetup` of the Vitest configuration names that
 * file. Without options, name `effect-friendli-emulator/vitest` itself.
 *
 * **Details**: tests get the URL with `inject("friendliEmulator")`, and programs from `FRIENDLI_BASE_URL`. `FRIENDLI_TOKEN` becomes a token that the
 * emulator accepts, so that a real one in the environment is never sent. The setup fails with the system's error if the server cannot listen.
 *
 * @example
 * ```ts
 * // vitest.setup.ts, named by `test.globalSetup` in vitest.config.ts
 * import { emulatorSetup } from "effect-friendli-emulator/vitest"
 *
 * export default emulatorSetup({ models: ["meta-llama-3.1-8b-instruct"], contextLength: 8192 })
 * ```
 * @category constructors
 */
export const emulatorSetup =
  (options: ListenOptions = {}): ((project: TestProject) => Promise<() => Promise<void>>) =>
  async (project) => {
    const server = await listen(options)
    project.provide(contextName, server.url)
    const restore = setVariables({ [addressVariable]: server.url, [tokenVariable]: options.tokens?.[0] ?? "emulator" })
    return async () => {
      restore()
      await server.close()
    }
  }

/** The global setup with the default options. Vitest takes it when `globalSetup` names this module. */
export default emulatorSetup()
