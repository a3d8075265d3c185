/** Texts that all scenes show in the same way. */
import { Data, Effect } from "effect"
import type { Usage } from "effect-friendli/schema/Usage"
import { wrap } from "../layout.js"
import { Screen } from "../screen.js"

export const INDENT = "  "

/** A scene with an unexpected result: a bug in the SDK or in the emulator. */
export class SceneError extends Data.TaggedError("SceneError")<{ readonly message: string }> {}

export const system = { role: "system", content: "You are a helpful assistant." } as const
export const hello = { role: "user", content: "Hello!" } as const

export const paragraph = (text: string) =>
  Effect.flatMap(Screen, (screen) => screen.line(wrap(text, screen.width, INDENT)))

/** Explanatory text. */
export const note = (text: string) =>
  Effect.flatMap(Screen, (screen) => screen.line(screen.paint.dim(wrap(text, screen.width, INDENT))))

export const usageText = (usage: Usage | null | undefined): string =>
  usage == null
    ? "usage: unknown"
    : `usage: ${usage.prompt_tokens} prompt + ${usage.completion_tokens} completion = ${usage.total_tokens} tokens`
