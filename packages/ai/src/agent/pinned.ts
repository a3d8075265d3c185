/** The settings of a run in its transcript, and how a resumed run is compared with them before anything is executed. */
import * as Prompt from "@effect/ai/Prompt"
import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { TranscriptError } from "./errors.js"
import type { Decisions } from "./options.js"
import type { Plan } from "./plan.js"
import type { State } from "./state.js"
import type { Budget } from "./stop.js"
import { type PendingCall, portable, Transcript } from "./transcript.js"

const finite = (limit: number): number | null => (Number.isFinite(limit) ? limit : null)

const fingerprintsOf = ({ known }: Plan): Effect.Effect<Record<string, string>> =>
  Effect.map(
    Effect.forEach(known, ([name, { fingerprint }]) => Effect.map(fingerprint, (is) => [name, is] as const)),
    (all) => Object.fromEntries(all)
  )

/** The transcript of a run at this moment. */
export const transcriptOf = (
  plan: Plan,
  state: State,
  pending: ReadonlyArray<PendingCall>
): Effect.Effect<Transcript> =>
  Effect.map(fingerprintsOf(plan), (tools) => {
    const { cost, elapsed, steps, toolCalls, unpriced, usage } = state.totals
    const { limits } = plan
    return new Transcript(
      {
        version: 1,
        prompt: Prompt.fromMessages(portable(state.messages)),
        pending,
        settings: {
          model: plan.modelName ?? null,
          tools,
          steps: finite(limits.steps),
          toolCalls: finite(limits.toolCalls),
          tokens: finite(limits.tokens),
          cost: limits.cost === undefined ? null : BigDecimal.format(limits.cost),
          time: finite(limits.time),
          toolChoice: plan.toolChoice
        },
        steps,
        toolCalls,
        usage,
        cost: BigDecimal.format(cost),
        unpriced,
        elapsed: Duration.toMillis(elapsed),
        badOutputs: state.badOutputs,
        repeated: state.repeated
      },
      // a conversation may be long, each step makes a transcript, and all values were made here
      { disableValidation: true }
    )
  })

/** The budget of a transcript. */
export const pinnedBudget = ({ settings }: Transcript): Budget => ({
  steps: settings.steps ?? Number.POSITIVE_INFINITY,
  ...(settings.toolCalls === null ? {} : { toolCalls: settings.toolCalls }),
  ...(settings.tokens === null ? {} : { tokens: settings.tokens }),
  ...(settings.cost === null ? {} : { cost: BigDecimal.unsafeFromString(settings.cost) }),
  ...(settings.time === null ? {} : { time: Duration.millis(settings.time) })
})

/** A tool must exist and have the same definition. `id`: the id of the call that waits for it. */
const sameTool = (plan: Plan, name: string, before: string, id: string | undefined) =>
  Effect.gen(function* () {
    const about = { tool: name, ...(id === undefined ? {} : { id }) }
    const known = plan.known.get(name)
    if (known === undefined) {
      return yield* new TranscriptError({
        reason: "MissingTool",
        ...about,
        message: `The transcript was made with the tool "${name}", which is missing.`
      })
    }
    if ((yield* known.fingerprint) === before) return
    return yield* new TranscriptError({
      reason: "ChangedTool",
      ...about,
      message: `The definition of the tool "${name}" has changed since the transcript was made.`
    })
  })

/**
 * Each decision must be for a waiting call. The tools of waiting calls must be the same; so must all other tools and the model, unless changes are
 * accepted.
 */
export const checkTranscript = (
  plan: Plan,
  { pending, settings }: Transcript,
  decisions: Decisions,
  changes: "reject" | "accept" = "reject"
): Effect.Effect<void, TranscriptError> =>
  Effect.gen(function* () {
    const unknownId = Object.keys(decisions).find((id) => !pending.some((call) => call.id === id))
    if (unknownId !== undefined) {
      return yield* new TranscriptError({
        reason: "UnknownCall",
        id: unknownId,
        message: `There is no waiting call with the id "${unknownId}".`
      })
    }
    for (const { fingerprint, id, name } of pending) yield* sameTool(plan, name, fingerprint, id)
    if (changes === "accept") return
    for (const [name, before] of Object.entries(settings.tools)) yield* sameTool(plan, name, before, undefined)
    if (settings.model !== null && settings.model !== plan.modelName) {
      return yield* new TranscriptError({
        reason: "ChangedModel",
        message: `The transcript was made with the model "${settings.model}", but now "${plan.modelName}" would be asked.`
      })
    }
  })
