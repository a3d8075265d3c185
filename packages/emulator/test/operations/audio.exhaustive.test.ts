/**
 * Any recording, and any options of chunking.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { measure, soundingParts } from "../../src/engine/wav.js"
import { makeEmulator } from "../../src/Emulator.js"
import { type Answer, file, form, good, int16, recording, send, sine, wav } from "./audio.support.js"

describe("a recording", () => {
  it("never makes the emulator fail, whatever follows the head of a WAV file", () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.nat(44), async (noise, at) => {
        const bytes = wav(int16(sine(0.01)))
        bytes.set(noise, Math.max(12, at))
        expect([200, 422]).toContain((await send(form({ file: file(bytes), chunking_strategy: '"auto"' }))).status)
      }),
      { numRuns: 60 }
    ))
})

describe("chunking", () => {
  it("lists parts in order and within the recording, for any options", () => {
    const heard = measure(new DataView(recording.buffer))
    const seconds = fc.double({ min: 0, max: 3, noNaN: true })
    fc.assert(
      fc.property(
        seconds,
        seconds,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (silenceSeconds, paddingSeconds, threshold) => {
          let at = 0
          for (const { end, start } of soundingParts(heard, { threshold, silenceSeconds, paddingSeconds })) {
            expect(start).toBeGreaterThanOrEqual(at)
            expect(end).toBeGreaterThan(start)
            at = end
          }
          expect(at).toBeLessThanOrEqual(heard.seconds)
        }
      )
    )
  })
})

describe("the form", () => {
  it("is too large only above the limit for bodies", async () => {
    const long = file(wav(new Uint8Array(25 * 1024 * 1024)))
    const response = await send(form({ file: long }))
    expect(response.status).toBe(200)
    expect(((await response.json()) as Answer).usage["input_audio_length_ms"]).toBe(1_638_400)
    const small = makeEmulator({ maxBodyBytes: 10_000 })
    expect((await send(form({ file: good }), { fetch: small.fetch })).status).toBe(413)
  })
})
