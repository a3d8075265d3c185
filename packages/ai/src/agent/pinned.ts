/** What a transcript keeps of a run's settings, and how a resumed run is compared with it before anything is executed. */
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

/** The transcript of a run as it is now. */
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
      // a conversation may be long, there is one transcript for each step, and all of it was made here
      { disableValidation: true }
    )
  })

/** The budget that a transcript says. */
export const pinnedBudget = ({ settings }: Transcript): Budget => ({
  steps: settings.steps ?? Number.POSITIVE_INFINITY,
  ...(settings.toolCalls === null ? {} : { toolCalls: settings.toolCalls }),
  ...(settings.tokens === null ? {} : { tokens: settings.tokens }),
  ...(settings.cost === null ? {} : { cost: BigDecimal.unsafeFromString(settings.cost) }),
  ...(settings.time === null ? {} : { time: Duration.millis(settings.time) })
})

/** A tool must be there, and be what it was. `id`: that of the call that waits for it. */
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
      message: `The tool "${name}" has another definition than when the transcript was made.`
    })
  })

/** The calls that wait must be those that were decided about. Their tools, and unless it is accepted all others and the model, must be the same. */
export const checked = (
  plan: Plan,
  { pending, settings }: Transcript,
  decisions: Decisions,
  changes: "reject" | "accept" = "reject"
): Effect.Effect<void, TranscriptError> =>
  Effect.gen(function* () {
    const stranger = Object.keys(decisions).find((id) => !pending.some((call) => call.id === id))
    if (stranger !== undefined) {
      return yield* new TranscriptError({
        reason: "UnknownCall",
        id: stranger,
        message: `No call with the id "${stranger}" waits.`
      })
    }
    for (const { fingerprint, id, name } of pending) yield* sameTool(plan, name, fingerprint, id)
    if (changes === "accept") return
    for (const [name, before] of Object.entries(settings.tools)) yield* sameTool(plan, name, before, undefined)
    if (settings.model !== null && settings.model !== plan.modelName) {
      return yield* new TranscriptError({
        reason: "ChangedModel",
        message: `The transcript was made with the model "${settings.model}", and now "${plan.modelName}" would be asked.`
      })
    }
  })
