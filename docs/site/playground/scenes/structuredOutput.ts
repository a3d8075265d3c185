/** The structured output scene. The program is in `programs/structuredOutput.ts`. */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { emptyForm, extract, type Form } from "../programs/structuredOutput.js"
import type { Stage } from "../stage.js"

export interface FormScene {
  readonly form: SubscriptionRef.SubscriptionRef<Form>
  /** With `wrongFirst` the emulator gives a first answer that does not fit the schema. */
  readonly extract: (letter: string, model: string | undefined, wrongFirst: boolean) => void
}

export const letter = `Dear all,

we would like to stay with you from 3 to 6 December 2026: a double room for the two of us, with breakfast. If you have a quiet room with a view of the sea, even better.

Mina Park, mina@example.com`

const right = {
  guest: "Mina Park",
  email: "mina@example.com",
  arrival: "2026-12-03",
  departure: "2026-12-06",
  guests: 2,
  room: "double",
  breakfast: true,
  wishes: ["quiet room", "view of the sea"]
}

/** Fits the JSON Schema, which the service enforces, but violates rules that only the schema of the program has. */
const wrong = { ...right, email: "mina at example.com", guests: 0 }

export const makeFormScene = (stage: Stage): FormScene => {
  const form = Effect.runSync(SubscriptionRef.make(emptyForm))
  const answers = (text: string, wrongFirst: boolean) =>
    stage.emulator.change((scope) => {
      // The emulator's own model answers for all other letters.
      const known = text.trim() === letter
      const rule = (turn: number, value: object) => ({ when: { turn }, say: JSON.stringify(value) })
      const first = known ? [rule(1, right)] : []
      scope.script(wrongFirst ? [rule(1, wrong), rule(2, right)] : first)
    })

  return {
    form,
    extract: (text, model, wrongFirst) =>
      stage.start(
        Effect.gen(function* () {
          yield* SubscriptionRef.set(form, emptyForm)
          const { kind } = yield* SubscriptionRef.get(stage.connection)
          if (kind === "emulator") yield* answers(text, wrongFirst)
          yield* extract(form, model, text)
        })
      )
  }
}
