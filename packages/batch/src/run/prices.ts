/** The cost of answers. In: a model and tokens. Out: USD, if the catalogue has a price. */
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FriendliError } from "effect-friendli/FriendliError"
import * as Models from "effect-friendli/Models"
import * as Pricing from "effect-friendli/Pricing"

/** The cost of the tokens of an answer. */
export type CostOf = (
  model: string | undefined,
  tokens: Pricing.Tokens
) => Effect.Effect<Option.Option<BigDecimal.BigDecimal>>

/** The source of prices: gives the catalogue entry of a model. `None` if the model has no known price. */
export type Prices = (model: string) => Effect.Effect<Option.Option<Models.Model>, FriendliError>

/** The catalogue of the deployment, if it has one. Only serverless models have token prices. */
const catalogue: Effect.Effect<Option.Option<Prices>> = Effect.map(
  Effect.serviceOption(Models.Models),
  Option.map(
    (models): Prices =>
      (model) =>
        models.get(model)
  )
)

/** Reads the prices of each model once. If the catalogue cannot be read, the cost is not known. */
export const make = (given: Prices | undefined): Effect.Effect<Option.Option<CostOf>> =>
  Effect.gen(function* () {
    const prices = given === undefined ? yield* catalogue : Option.some(given)
    const known = new Map<string, Option.Option<Models.Model>>()
    return Option.map(prices, (priceOf): CostOf => {
      const find = (model: string): Effect.Effect<Option.Option<Models.Model>> => {
        const found = known.get(model)
        if (found !== undefined) return Effect.succeed(found)
        return priceOf(model).pipe(
          Effect.tap((read) => Effect.sync(() => known.set(model, read))),
          Effect.catchAll((error) =>
            Effect.as(
              Effect.logWarning("the prices of a model cannot be read; the cost of its answers is not known", {
                model,
                error: error._tag,
                message: error.message
              }),
              Option.none()
            )
          )
        )
      }
      return (model, tokens) =>
        model === undefined
          ? Effect.succeedNone
          : Effect.map(find(model), (read) =>
              Option.map(
                Option.flatMap(read, (entry) => Pricing.ofTokens(entry, tokens)),
                // normalized, because an amount from the journal is read back in this form
                ({ total }) => BigDecimal.normalize(total)
              )
            )
    })
  })
