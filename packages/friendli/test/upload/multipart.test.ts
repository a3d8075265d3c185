import { assert, describe, it } from "@effect/vitest"
import * as Stream from "effect/Stream"
import * as Upload from "effect-friendli/Upload"
import { isRepeatable, partsOf } from "../../src/upload/multipart.js"

describe("multipart", () => {
  it("what fields become", () => {
    const file = new File(["x"], "x.wav")
    const parts = partsOf(
      {
        text: "",
        number: 0,
        no: false,
        list: [1],
        object: { a: null },
        auto: "auto",
        gone: undefined,
        null: null,
        files: [file, file]
      },
      new Set(["auto"])
    )
    assert.deepStrictEqual(
      parts.map((part) =>
        "upload" in part ? [part.name, part.upload.name] : [part.name, part.text, part.contentType]
      ),
      [
        ["text", "", undefined],
        ["number", "0", undefined],
        ["no", "false", undefined],
        ["list", "[1]", "application/json"],
        ["object", '{"a":null}', "application/json"],
        ["auto", '"auto"', "application/json"],
        ["files", "x.wav"],
        ["files", "x.wav"]
      ]
    )
    assert.isTrue(isRepeatable(parts))
    const once = Upload.fromStream(Stream.empty, { name: "a", repeatable: false })
    assert.isFalse(isRepeatable(partsOf({ file: once }, new Set())))
  })
})
