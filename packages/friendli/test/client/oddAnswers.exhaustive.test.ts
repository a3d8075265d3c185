/**
 * Answers and streams with every other odd field, at every other place, and under every other content type.
 */
import { describe } from "@effect/vitest"
import { failingTests, givenTests, passingTests, rejectedTests, vagueTests } from "./oddAnswers.support.js"

describe("a chat answer is given", () => {
  givenTests("others")
})

describe("an answer in a 200 stays a failure", () => {
  rejectedTests("others")
})

describe("a stream goes on", () => {
  passingTests("others")
})

describe("a stream fails, after what had come", () => {
  failingTests("others")
})

vagueTests("others")
