/**
 * The vectors of messages on the other deployments, and other cuts.
 */
import { describe } from "@effect/vitest"
import { piecesTests, streamVectorTests, vectorTests } from "./Messages.support.js"

vectorTests("others")

streamVectorTests("others")

// ---------------------------------------------------------------------------
// streams
// ---------------------------------------------------------------------------

describe("a stream", () => {
  piecesTests("others")
})
