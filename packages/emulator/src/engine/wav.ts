/**
 * Measures WAV files. In: bytes. Out: format, length, loudness, and the parts that are not silent; a
 * `WavError` for a broken file. The chunks are read here, because the common libraries make every sample a
 * number in memory, count the padding byte of an odd chunk as a sample, and trust any size that a chunk
 * declares.
 */

/** A part of a recording, in seconds. */
export interface Part {
  readonly start: number
  readonly end: number
}

/** How loud a recording is. Levels are fractions of full scale. */
export interface Levels {
  readonly peak: number
  readonly rms: number
  /** The RMS level of each frame of `frameSeconds`, over all channels. The last frame may be shorter. */
  readonly frames: Float32Array
  readonly frameSeconds: number
}

/** The format of a recording, its length, and how loud it is. */
export interface Recording {
  readonly sampleRate: number
  readonly channels: number
  readonly bits: number
  readonly encoding: "integer" | "float" | "other"
  readonly seconds: number
  /** `undefined` when the samples are neither integer nor float PCM. */
  readonly levels: Levels | undefined
}

/** Thrown for bytes that begin like a WAV file but are not a valid one. */
export class WavError extends Error {}

/** A lower level counts as silence: -60 dBFS. */
export const SILENCE = 0.001

/** How fine pauses are measured: one frame takes ten milliseconds. */
const FRAMES_PER_SECOND = 100

/** Four characters, as chunks are named. */
const textAt = (view: DataView, at: number): string =>
  at + 4 > view.byteLength ? "" : String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)))

/** Whether bytes begin like a WAV file, of the usual format or of RF64 for large files. */
export const isWav = (view: DataView): boolean =>
  ["RIFF", "RF64"].includes(textAt(view, 0)) && textAt(view, 8) === "WAVE"

/** The fields of the `fmt ` chunk. */
interface Format {
  readonly tag: number
  readonly channels: number
  readonly sampleRate: number
  readonly byteRate: number
  readonly blockAlign: number
  readonly bits: number
}

/** The tag of an extensible header, which has its format in a later field. */
const EXTENSIBLE = 0xfffe

/** Reads the `fmt ` chunk. */
const formatOf = (chunk: DataView): Format => {
  if (chunk.byteLength < 16) throw new WavError("the 'fmt ' chunk is cut short")
  const tag = chunk.getUint16(0, true)
  return {
    // In the extensible header, the sub-format begins with the plain tag.
    tag: tag === EXTENSIBLE && chunk.byteLength >= 26 ? chunk.getUint16(24, true) : tag,
    channels: chunk.getUint16(2, true),
    sampleRate: chunk.getUint32(4, true),
    byteRate: chunk.getUint32(8, true),
    blockAlign: chunk.getUint16(12, true),
    bits: chunk.getUint16(14, true)
  }
}

/**
 * Walks through the chunks up to the samples. Other chunks, such as titles, are skipped. A chunk of odd
 * length has a padding byte after it.
 */
const chunksOf = (view: DataView): { readonly format: Format; readonly data: DataView } => {
  let format: Format | undefined
  for (let at = 12; at + 8 <= view.byteLength;) {
    const id = textAt(view, at)
    const size = view.getUint32(at + 4, true)
    // A program that does not know the length yet declares the largest possible one. The bytes that exist count.
    const chunk = new DataView(view.buffer, view.byteOffset + at + 8, Math.min(size, view.byteLength - at - 8))
    if (id === "fmt ") format = formatOf(chunk)
    if (id === "data") {
      if (format === undefined) break
      return { format, data: chunk }
    }
    at += 8 + size + (size % 2)
  }
  throw new WavError(format === undefined ? "there is no 'fmt ' chunk before the samples" : "there is no 'data' chunk")
}

/** Reads one sample; full scale is 1. */
type ReadSample = (data: DataView, at: number) => number

/** By the number of bytes. Samples of one byte have no sign, all others do. */
const integers: Readonly<Record<number, ReadSample>> = {
  1: (data, at) => (data.getUint8(at) - 128) / 2 ** 7,
  2: (data, at) => data.getInt16(at, true) / 2 ** 15,
  3: (data, at) => (data.getUint16(at, true) | (data.getInt8(at + 2) << 16)) / 2 ** 23,
  4: (data, at) => data.getInt32(at, true) / 2 ** 31
}

/** A broken file may contain NaN, which would make every sum NaN. */
const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

/** By the number of bytes. */
const floats: Readonly<Record<number, ReadSample>> = {
  4: (data, at) => finite(data.getFloat32(at, true)),
  8: (data, at) => finite(data.getFloat64(at, true))
}

/** The loudness of all samples and of each frame, in one pass. */
const levelsOf = (data: DataView, blocks: number, width: number, format: Format, read: ReadSample): Levels => {
  const { channels, sampleRate } = format
  const perFrame = Math.max(1, Math.round(sampleRate / FRAMES_PER_SECOND))
  const frames = new Float32Array(Math.ceil(blocks / perFrame))
  let peak = 0
  let total = 0
  for (let frame = 0; frame < frames.length; frame++) {
    const from = frame * perFrame * channels
    const to = Math.min(blocks, (frame + 1) * perFrame) * channels
    let sum = 0
    for (let sample = from; sample < to; sample++) {
      const value = read(data, sample * width)
      sum += value * value
      peak = Math.max(peak, Math.abs(value))
    }
    total += sum
    frames[frame] = Math.sqrt(sum / (to - from))
  }
  return {
    peak,
    rms: blocks === 0 ? 0 : Math.sqrt(total / (blocks * channels)),
    frames,
    frameSeconds: perFrame / sampleRate
  }
}

/** Measures a WAV file. Samples that the header declares and the file does not contain are not counted. */
export const measure = (view: DataView): Recording => {
  const { data, format } = chunksOf(view)
  const { bits, channels, sampleRate } = format
  if (channels === 0) throw new WavError("it has no channels")
  if (sampleRate === 0) throw new WavError("its sample rate is 0")
  const encoding = format.tag === 1 ? "integer" : format.tag === 3 ? "float" : "other"
  if (encoding === "other") {
    if (format.byteRate === 0) throw new WavError("its byte rate is 0")
    return { sampleRate, channels, bits, encoding, seconds: data.byteLength / format.byteRate, levels: undefined }
  }
  // A sample takes whole bytes. When it has fewer bits, they are the upper ones.
  const width = Math.ceil(bits / 8)
  const read = (encoding === "integer" ? integers : floats)[width]
  if (read === undefined || format.blockAlign !== width * channels) {
    throw new WavError(`it has no samples of ${bits} bits in blocks of ${format.blockAlign} bytes`)
  }
  const blocks = Math.floor(data.byteLength / format.blockAlign)
  return {
    sampleRate,
    channels,
    bits,
    encoding,
    seconds: blocks / sampleRate,
    levels: levelsOf(data, blocks, width, format, read)
  }
}

/** A level in decibels relative to full scale. */
export const decibels = (level: number): number => 20 * Math.log10(level)

/**
 * The parts of a recording that are not silent. `threshold` is from 0 (-60 dBFS) to 1 (full scale). A pause that is shorter
 * than `silenceSeconds` does not end a part. A part begins `paddingSeconds` before its sound, but not before the end of the
 * previous part.
 */
export const soundingParts = (
  { levels, seconds }: Recording,
  options: { readonly threshold: number; readonly silenceSeconds: number; readonly paddingSeconds: number }
): ReadonlyArray<Part> => {
  if (levels === undefined) return []
  const least = SILENCE ** (1 - options.threshold)
  // Minus half a frame: much more than the rounding error of frame times, and less than a frame.
  const pause = Math.max(options.silenceSeconds, levels.frameSeconds) - levels.frameSeconds / 2
  const parts: Array<{ start: number; end: number }> = []
  for (const [frame, level] of levels.frames.entries()) {
    if (level < least) continue
    const start = frame * levels.frameSeconds
    const end = Math.min(seconds, start + levels.frameSeconds)
    const last = parts.at(-1)
    if (last !== undefined && start - last.end < pause) last.end = end
    else parts.push({ start: Math.max(last?.end ?? 0, start - options.paddingSeconds), end })
  }
  return parts
}
