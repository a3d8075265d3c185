import { encode as encodePng } from "fast-png"
import { describe, expect, it, vi } from "vitest"
import { decodePicture, encodePicture, paint, type Picture } from "../../src/engine/picture.js"
import { mean } from "../pictures.js"
import { prompt } from "./picture.support.js"

describe("paint", () => {
  it("looks the same as PNG and as JPEG", () => {
    const picture = paint({ prompt, seed: 42 })
    const decoded = decodePicture(encodePicture(picture, "jpeg")) as Picture
    const off = picture.data.reduce((sum, value, at) => sum + Math.abs(value - decoded.data[at]!), 0)
    expect(off / picture.data.length).toBeLessThan(4)
  })

  it("is written and read as JPEG where there is no Buffer", () => {
    const picture = paint({ prompt, seed: 42 })
    const bytes = encodePicture(picture, "jpeg")
    const decoded = decodePicture(bytes)
    vi.stubGlobal("Buffer", undefined)
    try {
      expect(encodePicture(picture, "jpeg")).toEqual(bytes)
      expect(decodePicture(bytes)).toEqual(decoded)
      // nothing stays behind
      expect("Buffer" in globalThis).toBe(false)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it("changes with steps and guidance", () => {
    const picture = paint({ prompt, seed: 42 })
    expect(paint({ prompt, seed: 42, steps: 1 }).data).not.toEqual(picture.data)
    const spread = ({ data }: Picture): number => {
      const middle = mean({ data }, 0, 1)
      return data.reduce((sum, value) => sum + (value - middle) ** 2, 0)
    }
    expect(spread(paint({ prompt, seed: 42, guidance: 10 }))).toBeGreaterThan(spread(picture))
  })

  it("has the colours that the prompt names", () => {
    const redness = (text: string): number => {
      const pictures = [1, 2, 3, 4].map((seed) => paint({ prompt: text, seed, width: 64, height: 64 }))
      return pictures.reduce((sum, picture) => sum + mean(picture, 0) - mean(picture, 2), 0)
    }
    expect(redness("red and orange")).toBeGreaterThan(redness("blue and turquoise"))
  })
})

describe("decodePicture", () => {
  const channels = [1, 2, 3, 4] as const

  it.each(channels)("decodes PNGs of %i channels with 8 and 16 bits", (count) => {
    const eight = Uint8Array.from({ length: 6 * count }, (_, at) => at * 7)
    const sixteen = Uint16Array.from(eight, (value) => value * 257)
    const of = (data: Uint8Array | Uint16Array, depth: 8 | 16) =>
      decodePicture(encodePng({ width: 3, height: 2, data, channels: count, depth }))
    const picture = of(eight, 8) as Picture
    expect(picture).toMatchObject({ width: 3, height: 2 })
    expect(of(sixteen, 16)).toEqual(picture)
  })

  it("keeps colours, and turns greys into RGB", () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6)
    expect(decodePicture(encodePng({ width: 2, height: 1, data, channels: 3, depth: 8 }))).toEqual({
      width: 2,
      height: 1,
      data
    })
    expect(decodePicture(encodePng({ width: 2, height: 1, data: Uint8Array.of(0, 7), channels: 1, depth: 8 }))).toEqual(
      { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 7, 7, 7) }
    )
  })

  it("turns transparent pixels white", () => {
    const data = Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255)
    expect(decodePicture(encodePng({ width: 2, height: 1, data, channels: 4, depth: 8 }))).toEqual({
      width: 2,
      height: 1,
      data: Uint8Array.of(255, 255, 255, 10, 20, 30)
    })
  })

  it("decodes greys of one bit", () => {
    const png = encodePng({
      width: 9,
      height: 2,
      channels: 1,
      depth: 1,
      data: Uint8Array.of(0b10100000, 0b10000000, 0, 0)
    })
    const picture = decodePicture(png) as Picture
    const greys = Array.from({ length: 18 }, (_, at) => picture.data[at * 3])
    expect(greys).toEqual([255, 0, 255, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it("decodes palettes with a transparent colour", () => {
    // 3 by 1: red, transparent, blue
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABBAMAAADpzgmHAAAACVBMVEX/AAAAAAAAAP/nLgoGAAAAAnRSTlP/AOW3MEoAAAALSURBVHicY2BUAAAAJQAieibwAgAAAABJRU5ErkJggg==",
      "base64"
    )
    expect(decodePicture(png)).toEqual({
      width: 3,
      height: 1,
      data: Uint8Array.of(255, 0, 0, 255, 255, 255, 0, 0, 255)
    })
  })
})
