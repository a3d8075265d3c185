/**
 * Structured output: a form that fills while the answer arrives.
 *
 * The service forces the model to follow the JSON Schema. Rules that JSON Schema cannot express (a date that exists, a departure after the
 * arrival) are checked when the answer is decoded. If a rule is violated, the model is asked again and told what is wrong.
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as ChatObject from "effect-friendli/ChatObject"
import type { DeepPartial } from "effect-friendli/PartialJson"

export const Booking = Schema.Struct({
  guest: Schema.NonEmptyString,
  email: Schema.String.pipe(Schema.pattern(/^\S+@\S+$/, { message: () => "expected an email address" })),
  arrival: Schema.Date,
  departure: Schema.Date,
  guests: Schema.Int.pipe(Schema.between(1, 6)),
  room: Schema.Literal("single", "double", "suite"),
  breakfast: Schema.Boolean,
  wishes: Schema.Array(Schema.String)
}).pipe(
  Schema.filter(({ arrival, departure }) =>
    departure > arrival ? undefined : { path: ["departure"], message: "expected a date after the arrival" }
  )
)

/** A rejected answer, with the issues that the model is told. */
export interface Rejected {
  readonly attempt: number
  readonly text: string
  readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string | number>; readonly message: string }>
}

export interface Form {
  readonly attempt: number
  readonly value: DeepPartial<typeof Booking.Encoded>
  readonly text: string
  readonly rejected: ReadonlyArray<Rejected>
  /** The decoded value: dates are `Date` objects. */
  readonly booking: typeof Booking.Type | undefined
  readonly tokens: number
}

export const emptyForm: Form = { attempt: 1, value: {}, text: "", rejected: [], booking: undefined, tokens: 0 }

export const extract = (form: SubscriptionRef.SubscriptionRef<Form>, model: string | undefined, letter: string) =>
  ChatObject.stream(
    Booking,
    {
      model,
      messages: [{ role: "user", content: `Extract the booking from this letter, as JSON.\n\n${letter}` }],
      temperature: 0,
      max_tokens: 400
    },
    { outputRetries: 2 }
  ).pipe(
    Stream.runForEach((progress) =>
      SubscriptionRef.update(form, (now): Form => {
        switch (progress._tag) {
          case "Growing":
            return { ...now, attempt: progress.attempt, value: progress.value, text: progress.text }
          case "Rejected": {
            const { attempt, rejected } = progress
            const { issues, text } = rejected
            return { ...now, value: {}, text: "", rejected: [...now.rejected, { attempt, text, issues }] }
          }
          case "Complete":
            return { ...now, booking: progress.value, tokens: progress.usage.total_tokens ?? 0 }
        }
      })
    )
  )
