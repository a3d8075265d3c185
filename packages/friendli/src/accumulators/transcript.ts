/**
 * Merges transcription events. In: events, or a whole transcription. Out: facts for spans, the end of streams
 * without `[DONE]`, and the text for folds.
 */
import type { CompletionDetector, Observer } from "../core/Operation.js"

/** The token counts of a transcription, under the names of its API. */
interface UsageLike {
  readonly input_tokens?: number | null | undefined
  readonly output_tokens?: number | null | undefined
}

/** The fields of an event that are read. */
interface EventLike<Usage> {
  readonly type: string
  readonly delta?: string | null | undefined
  readonly text?: string | null | undefined
  readonly usage?: Usage | null | undefined
}

/** The last event has the whole text, which wins over the deltas. */
const isDone = (event: { readonly type: string }): boolean => event.type === "transcript.text.done"

/** Counts tokens. For whole answers and, event by event, streamed ones. */
export const observer = (): Observer<{ readonly usage?: UsageLike | null | undefined }> => {
  let usage: UsageLike | undefined
  return {
    observe: (value) => {
      usage = value.usage ?? usage
    },
    facts: () => ({
      usage: { inputTokens: usage?.input_tokens ?? undefined, outputTokens: usage?.output_tokens ?? undefined }
    })
  }
}

/** Complete when the event with the whole text has arrived. */
export const ending = (): CompletionDetector<{ readonly type: string }> => {
  let done = false
  return {
    add: (event) => {
      done ||= isDone(event)
    },
    isComplete: () => done
  }
}

/** A streamed transcription, merged. */
export interface TranscriptLike<Usage> {
  readonly text: string
  readonly usage?: Usage
}

/** Merges events: the whole text if the server sent it, otherwise the joined deltas. */
export const makeAccumulator = <Usage>() => {
  const pieces: Array<string> = []
  let events = 0
  let whole: string | undefined
  let usage: Usage | undefined
  return {
    add: (event: EventLike<Usage>): void => {
      events++
      if (event.type === "transcript.text.delta" && event.delta != null) pieces.push(event.delta)
      if (isDone(event)) whole = event.text ?? whole
      usage = event.usage ?? usage
    },
    get events() {
      return events
    },
    snapshot: (): TranscriptLike<Usage> => ({
      text: whole ?? pieces.join(""),
      ...(usage === undefined ? {} : { usage })
    })
  }
}
