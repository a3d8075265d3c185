import { describe, expect, it } from "vitest"
import { WaveFile } from "wavefile"
import { encode } from "../../src/engine/tokenizer.js"
import { makeEmulator } from "../../src/Emulator.js"
import { base, dataOf, deployments, mismatch, read } from "../support.js"
import {
  type Answer,
  emulator,
  file,
  form,
  good,
  int16,
  origin,
  quiet,
  recording,
  send,
  sine,
  wav
} from "./audio.support.js"

/** A file that another library writes. */
const written = (
  samples: Float64Array,
  depth: string,
  channels = 1,
  container: "RIFF" | "RF64" = "RIFF"
): Uint8Array<ArrayBuffer> => {
  const file = new WaveFile()
  const full =
    depth === "8" ? [128, 127] : depth.endsWith("f") || depth === "64" ? [0, 1] : [0, 2 ** (Number(depth) - 1) - 1]
  const scaled = Array.from(samples, (sample) => {
    const value = sample * full[1]! + full[0]!
    return full[1] === 1 ? value : Math.round(value)
  })
  file.fromScratch(channels, 8000, depth, channels === 1 ? scaled : Array.from({ length: channels }, () => scaled), {
    container
  })
  return new Uint8Array(file.toBuffer())
}

const transcribe = async (bytes: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}): Promise<Answer> => {
  const response = await send(form({ ...fields, file: file(bytes) }))
  const value = (await response.json()) as Answer
  expect([response.status, value]).toEqual([200, value])
  expect(mismatch("ContainerAudioTranscriptionSuccess", value)).toBeUndefined()
  expect(value.usage.output_tokens).toBe(encode(value.text).length)
  return value
}

const rejection = async (
  body: FormData | string,
  headers?: Record<string, string>
): Promise<ReadonlyArray<unknown>> => {
  const response = await send(body, headers === undefined ? {} : { headers })
  expect(response.status).toBe(422)
  return ((await response.json()) as { detail: ReadonlyArray<{ loc: unknown; type: unknown }> }).detail.map(
    ({ loc, type }) => [loc, type]
  )
}

describe("a recording", () => {
  it("is measured", async () => {
    expect((await transcribe(wav(quiet))).text).toBe(
      "This recording lasts 1.50 seconds at 8000 Hz, mono, 16 bits, and is silent."
    )
    expect((await transcribe(wav(int16(sine(1))))).text).toBe(
      "This recording lasts 1.00 seconds at 8000 Hz, mono, 16 bits. Its peak is at -6.0 dBFS and its mean level at -9.0 dBFS."
    )
    expect((await transcribe(wav(new Uint8Array(0)))).text).toBe(
      "This recording lasts 0.00 seconds at 8000 Hz, mono, 16 bits, and has no samples."
    )
  })

  it.each([
    ["8", 1, "mono, 8 bits", "-9.1"],
    ["16", 2, "stereo, 16 bits", "-9.0"],
    ["24", 1, "mono, 24 bits", "-9.0"],
    ["24", 6, "6 channels, 24 bits", "-9.0"],
    ["32", 1, "mono, 32 bits", "-9.0"],
    ["32f", 2, "stereo, 32 bit float", "-9.0"],
    ["64", 1, "mono, 64 bit float", "-9.0"]
  ])(
    "is measured at a depth of %s with %i channels in the file of another library",
    async (depth, channels, layout, mean) => {
      expect((await transcribe(written(sine(1), depth, channels))).text).toBe(
        `This recording lasts 1.00 seconds at 8000 Hz, ${layout}. Its peak is at -6.0 dBFS and its mean level at ${mean} dBFS.`
      )
      expect((await transcribe(written(new Float64Array(4000), depth, channels))).text).toBe(
        `This recording lasts 0.50 seconds at 8000 Hz, ${layout}, and is silent.`
      )
    }
  )

  it("is measured with an odd number of bytes, chunks before the samples, and a declared length that is too large", async () => {
    const padded = wav(new Uint8Array([128, 128, 128, 0]), { bits: 8, rate: 2, claims: 3 })
    expect((await transcribe(padded)).text).toBe(
      "This recording lasts 1.50 seconds at 2 Hz, mono, 8 bits, and is silent."
    )
    const list = Buffer.from("LIST\x05\x00\x00\x00INFO1\x00", "latin1")
    expect((await transcribe(wav(quiet, { before: list }))).usage["input_audio_length_ms"]).toBe(1500)
    expect((await transcribe(wav(quiet, { claims: 0xffff_ffff }))).usage["input_audio_length_ms"]).toBe(1500)
    expect((await transcribe(written(sine(1), "16", 1, "RF64"))).text).toMatch(/^This recording lasts 1\.00 seconds/)
  })

  it("has only a length when its samples are not decoded", async () => {
    const answer = await transcribe(wav(quiet, { tag: 7, bits: 8, rate: 16_000 }))
    expect(answer.text).toBe(
      "This recording lasts 1.50 seconds at 16000 Hz, mono, 8 bits. The emulator does not decode its samples."
    )
    expect(answer.usage["input_audio_length_ms"]).toBe(1500)
  })

  it("has no level from float samples that are not numbers", async () => {
    const samples = new Uint8Array(new Float32Array([NaN, Infinity, 0.5, -0.5]).buffer)
    expect((await transcribe(wav(samples, { tag: 3, bits: 32 }))).text).toMatch(
      /peak is at -6\.0 dBFS .* at -9\.0 dBFS/
    )
  })

  it.each([
    ["MP3", "ID3\x04rest"],
    ["MP3", "\xff\xfb\x90\x00"],
    ["AAC", "\xff\xf1\x50\x80"],
    ["Ogg", "OggS\x00\x02"],
    ["FLAC", "fLaC\x00\x00"],
    ["MP4", "\x00\x00\x00\x20ftypM4A "],
    ["WebM", "\x1a\x45\xdf\xa3\x01"]
  ])("is named where it is %s", async (name, head) => {
    const bytes = new Uint8Array(Buffer.alloc(100))
    bytes.set(Buffer.from(head, "latin1"))
    const answer = await transcribe(bytes)
    expect(answer.text).toBe(`This file is ${name} audio of 100 bytes. The emulator does not decode it.`)
    expect(answer.usage["input_audio_length_ms"]).toBe(0)
  })

  it("is rejected when the file is invalid", async () => {
    const whole = wav(quiet)
    const bad: ReadonlyArray<Uint8Array<ArrayBuffer>> = [
      new Uint8Array(0),
      new TextEncoder().encode("Hello out there."),
      ...[12, 20, 30, 40, 43].map((length) => whole.slice(0, length)),
      wav(quiet, { channels: 0 }),
      wav(quiet, { rate: 0 }),
      wav(quiet, { bits: 0 }),
      wav(quiet, { tag: 3, bits: 16 })
    ]
    for (const bytes of bad)
      expect(await rejection(form({ file: file(bytes) }))).toEqual([[["body", "file"], "value_error"]])
  })
})

describe("usage", () => {
  it("counts ten audio tokens for each begun second, and the tokens of the language", async () => {
    const { usage } = await transcribe(wav(quiet), { language: "en" })
    expect(usage).toMatchObject({
      type: "tokens",
      input_tokens: 21,
      total_tokens: 21 + usage.output_tokens,
      input_audio_length_ms: 1500,
      processed_audio_length_ms: 2000,
      input_token_details: { audio_tokens: 20, text_tokens: 1 }
    })
    expect((await transcribe(wav(quiet))).usage["input_token_details"]).toEqual({ audio_tokens: 20, text_tokens: 0 })
  })
})

describe("chunking", () => {
  const parts = (answer: Answer): ReadonlyArray<string> =>
    answer.text.match(/(?<=sounds .*?)\d+\.\d\d to \d+\.\d\d/g) ?? []

  it("lists the parts that are not silent", async () => {
    expect(parts(await transcribe(recording))).toEqual([])
    const auto = await transcribe(recording, { chunking_strategy: '"auto"' })
    expect(auto.text).toMatch(/It sounds from 0\.70 to 2\.00 seconds\. It sounds again from 2\.70 to 4\.00 seconds\.$/)
    expect(parts(await transcribe(wav(quiet), { chunking_strategy: '"auto"' }))).toEqual([])
  })

  it("uses the pauses, padding and threshold of the request", async () => {
    const vad = async (options: object): Promise<ReadonlyArray<string>> =>
      parts(await transcribe(recording, { chunking_strategy: JSON.stringify({ type: "server_vad", ...options }) }))
    expect(await vad({ prefix_padding_ms: 0 })).toEqual(["1.00 to 2.00", "3.00 to 4.00"])
    expect(await vad({ prefix_padding_ms: 0, silence_duration_ms: 50 })).toHaveLength(3)
    expect(await vad({ prefix_padding_ms: 0, silence_duration_ms: 1500 })).toEqual(["1.00 to 4.00"])
    expect(await vad({ threshold: 0.9 })).toEqual([])
    expect(await vad({ threshold: null })).toEqual(["0.70 to 2.00", "2.70 to 4.00"])
  })
})

describe("the form", () => {
  const twice = form({ file: good, language: "en" })

  const cases: ReadonlyArray<readonly [title: string, body: FormData, issues: ReadonlyArray<unknown>]> = [
    ["no file", form({ language: "en" }), [[["body", "file"], "missing"]]],
    ["a file that is text", form({ file: "RIFF" }), [[["body", "file"], "value_error"]]],
    ["a text that is a file", form({ file: good, language: good }), [[["body", "language"], "value_error"]]],
    [
      "JSON that is a file",
      form({ file: good, chunking_strategy: good }),
      [[["body", "chunking_strategy"], "value_error"]]
    ],
    [
      "a temperature that is no number",
      form({ file: good, temperature: "abc" }),
      [[["body", "temperature"], "float_type"]]
    ],
    [
      "a temperature in hexadecimal",
      form({ file: good, temperature: "0x1" }),
      [[["body", "temperature"], "float_type"]]
    ],
    ["an empty temperature", form({ file: good, temperature: "" }), [[["body", "temperature"], "float_type"]]],
    [
      "a temperature beyond all numbers",
      form({ file: good, temperature: "1e999" }),
      [[["body", "temperature"], "float_type"]]
    ],
    [
      "a temperature out of range",
      form({ file: good, temperature: "1.5" }),
      [[["body", "temperature"], "less_than_equal"]]
    ],
    ["a stream that is no boolean", form({ file: good, stream: "yes" }), [[["body", "stream"], "bool_type"]]],
    [
      "a strategy that is not JSON",
      form({ file: good, chunking_strategy: "{auto" }),
      [[["body", "chunking_strategy"], "json_invalid"]]
    ],
    [
      "a strategy of another type",
      form({ file: good, chunking_strategy: "1" }),
      [[["body", "chunking_strategy"], "dict_type"]]
    ],
    [
      "a strategy without type",
      form({ file: good, chunking_strategy: "{}" }),
      [[["body", "chunking_strategy", "type"], "missing"]]
    ],
    [
      "a negative pause",
      form({ file: good, chunking_strategy: '{"type":"server_vad","silence_duration_ms":-1}' }),
      [[["body", "chunking_strategy", "silence_duration_ms"], "value_error"]]
    ],
    ["a field twice", twice, [[["body", "language"], "value_error"]]],
    [
      "all at once",
      form({ temperature: "abc", chunking_strategy: "{", file: "text" }),
      [
        [["body", "file"], "value_error"],
        [["body", "chunking_strategy"], "json_invalid"],
        [["body", "temperature"], "float_type"]
      ]
    ]
  ]

  twice.append("language", "de")

  it.each(cases)("is rejected with %s", async (_title, body, issues) => {
    expect(await rejection(body)).toEqual(issues)
  })

  it("is required and must be complete", async () => {
    const type = "multipart/form-data; boundary=x"
    expect(await rejection("{}", { "content-type": "application/json" })).toEqual([
      [["header", "content-type"], "value_error"]
    ])
    expect(await rejection("", { "content-type": type })).toEqual([[["body"], "missing"]])
    expect(await rejection("no form", { "content-type": type })).toEqual([[["body"], "form_invalid"]])
    const cut = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF'
    expect(await rejection(cut, { "content-type": type })).toEqual([[["body"], "form_invalid"]])
  })

  it("requires a model where the contract does", async () => {
    for (const deployment of deployments) {
      const response = await send(form({ file: good }), { path: base[deployment] })
      expect(response.status).toBe(deployment === "container" ? 200 : 422)
    }
  })

  it("can contain fields that are not in the contract, like any request", async () => {
    const { text } = await transcribe(wav(quiet), { prompt: "Hello", ["__proto__"]: "x" })
    expect(text).toMatch(/is silent\.$/)
  })

  it("is recorded as it was sent, without the bytes of the file", async () => {
    const { fetch, requests } = makeEmulator()
    await send(form({ temperature: "0.20", chunking_strategy: '"auto"', file: good }), { fetch })
    await send(twice, { fetch })
    expect(requests.map(({ body }) => body)).toEqual([
      { temperature: "0.20", chunking_strategy: '"auto"', file: { name: "a.wav", type: "audio/wav", size: 24_044 } },
      { file: { name: "a.wav", type: "audio/wav", size: 24_044 }, language: ["en", "de"] }
    ])
  })
})

describe.each(deployments)("on %s", (deployment) => {
  const path = base[deployment]

  it.each(["transcribe.request", "transcribe.request.full", "stream.request", "stream.request.full"])(
    "is answered for the contract's %s",
    async (name) => {
      const { multipart } = read(`${deployment}.audio.${name}.json`) as {
        multipart: ReadonlyArray<{
          name: string
          value?: string
          filename?: string
          contentType?: string
          base64?: string
        }>
      }
      const boundary = "a-boundary"
      const parts = multipart.map((part) =>
        [
          `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"`,
          part.filename === undefined ? "" : `; filename="${part.filename}"`,
          part.contentType === undefined ? "" : `\r\nContent-Type: ${part.contentType}`,
          `\r\n\r\n${part.value ?? Buffer.from(part.base64 ?? "", "base64").toString("latin1")}\r\n`
        ].join("")
      )
      const response = await emulator.fetch(`${origin}${path}/audio/transcriptions`, {
        method: "POST",
        headers: { authorization: "Bearer test-token", "content-type": `multipart/form-data; boundary=${boundary}` },
        body: new Uint8Array(Buffer.from(`${parts.join("")}--${boundary}--\r\n`, "latin1"))
      })
      expect(response.status).toBe(200)
      expect(response.headers.get("content-type")).toMatch(
        name.startsWith("stream") ? /^text\/event-stream/ : /^application\/json/
      )
      expect(await response.text()).toContain("has no samples.")
    }
  )

  it("is answered with a stream of words, then the whole text, then the end", async () => {
    const fields = { model: "a-model", language: "en", chunking_strategy: '"auto"', file: file(wav(int16(sine(1)))) }
    const whole = (await (await send(form(fields), { path })).json()) as Answer
    const { fetch, requests } = makeEmulator()
    const streamed = await send(form({ ...fields, stream: "true" }), { path, fetch })
    const data = dataOf(await streamed.text())
    expect(data.at(-1)).toBe("[DONE]")
    const events = data.slice(0, -1).map((event) => JSON.parse(event) as { type: string; delta?: string })
    for (const event of events) expect(mismatch("StreamedAudioTranscriptionData", event)).toBeUndefined()
    expect(events.at(-1)).toEqual({ type: "transcript.text.done", ...whole })
    const deltas = events.slice(0, -1)
    expect(new Set(deltas.map(({ type }) => type))).toEqual(new Set(["transcript.text.delta"]))
    expect(deltas.map(({ delta }) => delta).join("")).toBe(whole.text)
    expect(deltas).toHaveLength(whole.text.split(" ").length)
    expect(requests[0]).toMatchObject({ tokensGenerated: whole.usage.output_tokens, eventsSent: events.length })
  })
})

describe("faults", () => {
  const streamed = async (fault: string): Promise<string> => {
    const body = form({ stream: "true", file: file(wav(quiet)) })
    return (await send(body, { headers: { "x-emulator-fault": fault } })).text()
  }

  it("change the stream like any other stream", async () => {
    const all = dataOf(await streamed("crlf"))
    const done = (data: ReadonlyArray<string>): boolean => data.some((event) => event.includes("transcript.text.done"))
    expect(done(all)).toBe(true)
    expect(dataOf(await streamed("noDone"))).toEqual(all.slice(0, -1))
    expect(dataOf(await streamed("truncate=2"))).toEqual(all.slice(0, 2))
    expect(done(dataOf(await streamed("truncate=1000")))).toBe(false)
    await expect(streamed("reset=2")).rejects.toThrow("fetch failed")
    expect(dataOf(await streamed("errorFrame=1"))[1]).toContain('"error"')
  })
})
