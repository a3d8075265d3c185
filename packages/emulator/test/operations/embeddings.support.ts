/**
 * What the unit tests and the exhaustive tests of `embeddings` share.
 */
import { expect } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { mismatch, post, type Usage } from "../support.js"

export const url = "http://emulator.test/dedicated/v1/embeddings"

export const { fetch } = makeEmulator()

interface Answer<E> {
  readonly model: string
  readonly data: ReadonlyArray<{ readonly index: number; readonly embedding: E }>
  readonly usage: Usage
}

export const create = async <E = ReadonlyArray<number>>(body: object): Promise<Answer<E>> => {
  const response = await post(fetch, url, { model: "endpoint", ...body })
  const value = (await response.json()) as Answer<E>
  expect(response.status).toBe(200)
  expect(mismatch("DedicatedEmbeddingsSuccess", value)).toBeUndefined()
  return value
}
