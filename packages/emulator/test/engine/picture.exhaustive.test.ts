/**
 * Pictures of any text, and any bytes as a picture.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodePicture, encodePicture, paint, resize } from "../../src/engine/picture.js"
import { plain } from "../pictures.js"

describe("paint", () => {
  it("exists for any text and seed, and survives PNG encoding", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.maxSafeInteger(),
        fc.integer({ min: 1, max: 50 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (text, seed, steps, guidance, width, height) => {
          const options = { prompt: text, seed, steps, guidance, width, height }
          const picture = paint(options)
          expect(picture.data).toHaveLength(width * height * 3)
          expect(paint(options)).toEqual(picture)
          expect(decodePicture(encodePicture(picture, "png"))).toEqual(picture)
        }
      ),
      { numRuns: 60 }
    ))
})

describe("decodePicture", () => {
  it("never throws, whatever the bytes", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(encodePicture(plain(4, 4, [9, 9, 9]), "png"), encodePicture(plain(4, 4, [9, 9, 9]), "jpeg")),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat({ max: 700 }),
        (file, changes, length) => {
          const bytes = file.slice(0, length)
          for (const [at, value] of changes) if (at % (length + 1) < bytes.length) bytes[at % (length + 1)] = value
          const read = decodePicture(bytes)
          expect(typeof read === "string" || read.data.length === read.width * read.height * 3).toBe(true)
        }
      ),
      { numRuns: 300 }
    ))

  it("resize keeps a picture of one colour", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (width, height) => {
        expect(resize(plain(7, 5, [1, 2, 3]), width, height)).toEqual(plain(width, height, [1, 2, 3]))
      })
    ))
})
