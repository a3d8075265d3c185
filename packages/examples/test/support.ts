import { assert } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { make } from "effect-friendli-emulator/EmulatorServer"
import type { ListenOptions, RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { vi } from "vitest"

/** An emulator on a socket of its own, until the test ends. */
export const emulator = (options?: ListenOptions) => make({ port: 0, ...options })

/** What a request said. */
export const bodyOf = (server: RunningEmulator, index: number): object => {
  const body = server.requests[index]?.body
  assert.isObject(body)
  return body as object
}

/** What a shell would have set before the program was started. */
export const configured = (server: RunningEmulator, more: Readonly<Record<string, string>> = {}) =>
  Effect.withConfigProvider(
    ConfigProvider.fromMap(
      new Map(Object.entries({ FRIENDLI_TOKEN: "flp_test", FRIENDLI_BASE_URL: server.url, ...more }))
    )
  )

/**
 * Runs a program and keeps what it prints: as one `text`, and as `lines`. The emulator's words are drawn by chance and may hold a line break:
 * compare what contains them with `text`.
 */
export const printing = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const written: Array<string> = []
      const line = (...values: ReadonlyArray<unknown>): void => void written.push(`${values.map(String).join(" ")}\n`)
      const spies = [
        vi.spyOn(console, "log").mockImplementation(line),
        vi.spyOn(console, "error").mockImplementation(line),
        vi.spyOn(process.stdout, "write").mockImplementation((text) => {
          written.push(String(text))
          return true
        })
      ]
      return { written, spies }
    }),
    ({ written }) =>
      Effect.map(program, (value) => {
        const text = written.join("").replace(/\n$/, "")
        return { value, text, lines: text.split("\n") }
      }),
    ({ spies }) => Effect.sync(() => spies.forEach((spy) => spy.mockRestore()))
  )
