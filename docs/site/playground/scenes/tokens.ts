/** The tokens scene. The program is in `programs/tokens.ts`. */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { follow, nothing, type Tokenized } from "../programs/tokens.js"
import type { Stage } from "../stage.js"

export interface TokenScene {
  readonly shown: SubscriptionRef.SubscriptionRef<Tokenized>
  /** Starts to follow the text: the first time, after a change of the connection or the model, and after a failure. */
  readonly follow: (model: string | undefined) => void
  readonly type: (text: string) => void
}

export const example = "Tokens are pieces of words: “streaming” is two of them, “unforgettable” too. 안녕하세요 👋"

export const makeTokenScene = (stage: Stage): TokenScene => {
  const text = Effect.runSync(SubscriptionRef.make(example))
  const shown = Effect.runSync(SubscriptionRef.make(nothing))
  return {
    shown,
    follow: (model) => stage.start(follow(text, shown, model)),
    type: (value) => {
      Effect.runFork(SubscriptionRef.set(text, value))
    }
  }
}
