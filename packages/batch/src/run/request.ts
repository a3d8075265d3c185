/** Rows of a batch. In: an operation and its request. Out: a row with the function that sends it. */
import * as Effect from "effect/Effect"
import type { Unary } from "effect-friendli/Operation"
import type { Request } from "./rows.js"

/** A row for any operation with a single answer. */
export const of = <Input, Answer>(operation: Unary<Input, Answer>, request: Input, id: string): Request<Answer> => ({
  id,
  operation,
  request,
  send: (client, options) =>
    Effect.map(client.execute(operation, request, options), (answer) => {
      const { facts, observe } = operation.observer()
      observe(answer)
      return { answer, facts: facts() }
    })
})
