/**
 * What the unit tests and the exhaustive tests of `audio` share.
 */
import { makeEmulator } from "../../src/Emulator.js"

export const origin = "http://emulator.test"

export const emulator = makeEmulator()

interface Layout {
  readonly rate?: number
  readonly channels?: number
  readonly bits?: number
  readonly tag?: number
  /** The length that the data chunk declares. */
  readonly claims?: number
  /** Chunks before the samples. */
  readonly before?: Uint8Array
}

export const wav = (data: Uint8Array, layout: Layout = {}): Uint8Array<ArrayBuffer> => {
  const { before = new Uint8Array(0), bits = 16, channels = 1, claims = data.length, rate = 8000, tag = 1 } = layout
  const bytes = Buffer.alloc(44 + before.length + data.length)
  const align = (channels * bits) / 8
  bytes.write("RIFF", 0, "latin1")
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write("WAVEfmt ", 8, "latin1")
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(tag, 20)
  bytes.writeUInt16LE(channels, 22)
  bytes.writeUInt32LE(rate, 24)
  bytes.writeUInt32LE(rate * align, 28)
  bytes.writeUInt16LE(align, 32)
  bytes.writeUInt16LE(bits, 34)
  bytes.set(before, 36)
  bytes.write("data", 36 + before.length, "latin1")
  bytes.writeUInt32LE(claims, 40 + before.length)
  bytes.set(data, 44 + before.length)
  return new Uint8Array(bytes)
}

/** A sine wave at half of full scale: its peak is -6.0 dBFS, its mean level -9.0. */
export const sine = (seconds: number, rate = 8000): Float64Array =>
  Float64Array.from({ length: seconds * rate }, (_, index) => 0.5 * Math.sin((2 * Math.PI * 1000 * index) / rate))

export const int16 = (samples: Float64Array): Uint8Array =>
  new Uint8Array(Int16Array.from(samples, (sample) => Math.round(sample * 32767)).buffer)

export const form = (fields: Readonly<Record<string, string | Blob>>): FormData => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") data.append(name, value)
    else data.append(name, value)
  }
  return data
}

export const file = (bytes: Uint8Array<ArrayBuffer>, name = "a.wav", type = "audio/wav"): File =>
  new File([bytes], name, { type })

export const send = (
  body: FormData | string,
  options: {
    readonly path?: string
    readonly headers?: Record<string, string>
    readonly fetch?: typeof emulator.fetch
  } = {}
): Promise<Response> =>
  (options.fetch ?? emulator.fetch)(`${origin}${options.path ?? "/v1"}/audio/transcriptions`, {
    method: "POST",
    headers: { authorization: "Bearer test-token", ...options.headers },
    body
  })

export interface Answer {
  readonly text: string
  readonly usage: Readonly<Record<string, unknown>> & { readonly output_tokens: number }
}

export const quiet = new Uint8Array(24_000)

const silence = (seconds: number): Float64Array => new Float64Array(seconds * 8000)

const joined = (...pieces: ReadonlyArray<Float64Array>): Uint8Array<ArrayBuffer> =>
  wav(int16(Float64Array.from(pieces.flatMap((piece) => [...piece]))))

export const recording = joined(silence(1), sine(0.5), silence(0.1), sine(0.4), silence(1), sine(1))

export const good = file(wav(quiet))
