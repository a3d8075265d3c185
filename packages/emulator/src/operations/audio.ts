/**
 * Transcriptions. In: a file and options. Out: a text about the recording, whole or word by word. The
 * emulator does not recognize speech, so it describes what it can measure: the same file always gives the
 * same text, which a test can compare.
 */
import { encode } from "../engine/tokenizer.js"
import { decibels, isWav, measure, type Part, type Recording, SILENCE, soundingParts, WavError } from "../engine/wav.js"
import type { JsonRecord } from "../base/json.js"
import { type Answer, invalid, type OperationContext, type StreamEvent } from "./operation.js"

/** Options of voice activity detection: which pauses divide the recording into parts. */
interface ServerVad {
  readonly type: "server_vad"
  readonly prefix_padding_ms?: number | null
  readonly silence_duration_ms?: number | null
  readonly threshold?: number | null
}

/** The fields of a request that affect the answer. */
interface TranscriptionBody {
  readonly chunking_strategy?: ServerVad | string | null
  readonly file: File
  readonly language?: string | null
  readonly stream?: boolean | null
}

/** Whether a file begins in a certain way. */
type Bytes = (view: DataView) => boolean

/** Whether the bytes of a text are at a position. */
const beginsWith =
  (text: string, at = 0): Bytes =>
  (view) =>
    view.byteLength >= at + text.length &&
    Array.from(text).every((character, index) => view.getUint8(at + index) === character.charCodeAt(0))

/**
 * MP3 and AAC have no name at their start, but eleven or twelve set bits, followed by bits that identify the format.
 */
const syncs =
  (mask: number, wanted: number): Bytes =>
  (view) =>
    view.byteLength >= 2 && view.getUint8(0) === 0xff && (view.getUint8(1) & mask) === wanted

/** File formats by their first bytes. */
const containers: ReadonlyArray<readonly [name: string, is: Bytes]> = [
  ["FLAC", beginsWith("fLaC")],
  ["Ogg", beginsWith("OggS")],
  ["MP4", beginsWith("ftyp", 4)],
  ["WebM", beginsWith("\x1a\x45\xdf\xa3")],
  ["MP3", beginsWith("ID3")],
  ["AAC", syncs(0xf6, 0xf0)],
  // The layer bits 01 mean layer III.
  ["MP3", syncs(0xe6, 0xe2)]
]

/** The number of channels in words. */
const layout = (channels: number): string =>
  channels === 1 ? "mono" : channels === 2 ? "stereo" : `${channels} channels`

/** The description of a whole recording, in sentences. */
const sentences = (recording: Recording): string => {
  const { bits, channels, encoding, levels, sampleRate, seconds } = recording
  const depth = encoding === "float" ? `${bits} bit float` : `${bits} bits`
  const subject = `This recording lasts ${seconds.toFixed(2)} seconds at ${sampleRate} Hz, ${layout(channels)}, ${depth}`
  // A format such as A-law or MP3 in WAV: its length is known from the byte rate, its loudness is not.
  if (levels === undefined) return `${subject}. The emulator does not decode its samples.`
  if (seconds === 0) return `${subject}, and has no samples.`
  if (levels.peak < SILENCE) return `${subject}, and is silent.`
  const level = (value: number): string =>
    `${decibels(value)
      .toFixed(1)
      .replace(/^-0\.0$/, "0.0")} dBFS`
  return `${subject}. Its peak is at ${level(levels.peak)} and its mean level at ${level(levels.rms)}.`
}

/** One sentence for each part that is not silent. */
const partSentences = (parts: ReadonlyArray<Part>): string =>
  parts
    .map(({ end, start }, index) => {
      const verb = index === 0 ? "It sounds" : "It sounds again"
      return ` ${verb} from ${start.toFixed(2)} to ${end.toFixed(2)} seconds.`
    })
    .join("")

/** The options with the defaults of the API. `"auto"` means the defaults. */
const vadOf = (strategy: ServerVad | string): Parameters<typeof soundingParts>[1] => {
  const vad = typeof strategy === "string" ? undefined : strategy
  return {
    threshold: vad?.threshold ?? 0.5,
    silenceSeconds: (vad?.silence_duration_ms ?? 200) / 1000,
    paddingSeconds: (vad?.prefix_padding_ms ?? 300) / 1000
  }
}

/** The contract sets no minimum, but a negative time makes no sense. */
const vadProblem = (strategy: ServerVad | string | null | undefined): Answer | undefined => {
  if (typeof strategy !== "object" || strategy === null) return undefined
  for (const field of ["prefix_padding_ms", "silence_duration_ms"] as const) {
    if ((strategy[field] ?? 0) < 0) return invalid(["chunking_strategy", field], `'${field}' must be at least 0`)
  }
  return undefined
}

/** The description of a file. */
interface AudioDescription {
  readonly text: string
  /** 0 when the format is not decoded. */
  readonly milliseconds: number
}

/**
 * Describes a file by its first bytes: WAV is measured, other known formats are named. `undefined` for
 * anything else.
 */
const describeAudio = (
  view: DataView,
  strategy: ServerVad | string | null | undefined
): AudioDescription | undefined => {
  if (isWav(view)) {
    const recording = measure(view)
    const parts = strategy === undefined || strategy === null ? [] : soundingParts(recording, vadOf(strategy))
    return {
      text: sentences(recording) + partSentences(parts),
      milliseconds: Math.round(recording.seconds * 1000)
    }
  }
  const container = containers.find(([, is]) => is(view))?.[0]
  return container === undefined
    ? undefined
    : {
        text: `This file is ${container} audio of ${view.byteLength} bytes. The emulator does not decode it.`,
        milliseconds: 0
      }
}

/** The billed length: whole seconds, rounded up. */
const billedSeconds = (milliseconds: number): number => Math.ceil(milliseconds / 1000)

/** The usage of a transcription. Each begun second counts as ten audio tokens. */
const usageOf = (milliseconds: number, language: string | null | undefined, outputTokens: number): JsonRecord => {
  const seconds = billedSeconds(milliseconds)
  const audioTokens = seconds * 10
  const textTokens = encode(language ?? "").length
  return {
    type: "tokens",
    input_tokens: audioTokens + textTokens,
    output_tokens: outputTokens,
    total_tokens: audioTokens + textTokens + outputTokens,
    input_audio_length_ms: milliseconds,
    processed_audio_length_ms: seconds * 1000,
    input_token_details: { audio_tokens: audioTokens, text_tokens: textTokens }
  }
}

/** Describes the recording in whole sentences, word by word when it is streamed. Only WAV files are decoded. */
export const transcribe = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as TranscriptionBody
  const problem = vadProblem(body.chunking_strategy)
  if (problem !== undefined) return problem
  // The file is read once; the description is then generated word by word.
  let described: AudioDescription | undefined
  try {
    described = describeAudio(new DataView(await body.file.arrayBuffer()), body.chunking_strategy)
  } catch (error) {
    if (error instanceof WavError) return invalid(["file"], `the WAV file cannot be read: ${error.message}`)
    throw error
  }
  if (described === undefined) return invalid(["file"], "the audio format of the file is not supported")
  const { milliseconds, text } = described
  context.received({ audioMilliseconds: billedSeconds(milliseconds) * 1000 })

  // A word with the space before it has the same tokens alone as inside the text.
  const words = text.split(/(?= )/)
  let outputTokens = 0
  // Words take the time of their tokens, whether they are streamed or not.
  const generatedWords = async function* (): AsyncGenerator<string, void, undefined> {
    for (const word of words) {
      for (let token = encode(word).length; token > 0; token--) {
        outputTokens++
        await context.generated()
        if (context.signal.aborted) return
      }
      yield word
    }
  }

  if (body.stream !== true) {
    let transcript = ""
    for await (const word of generatedWords()) transcript += word
    return { kind: "json", value: { text: transcript, usage: usageOf(milliseconds, body.language, outputTokens) } }
  }
  const events = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const delta of generatedWords()) yield { data: { type: "transcript.text.delta", delta }, final: false }
    if (context.signal.aborted) return
    const usage = usageOf(milliseconds, body.language, outputTokens)
    yield { data: { type: "transcript.text.done", text, usage }, final: true }
  }
  return { kind: "events", events: events() }
}
