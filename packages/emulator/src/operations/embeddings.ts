/**
 * Embeddings, by the words of a text. In: texts or tokens. Out: one vector for each text. Texts that share words have similar vectors, so that a
 * search over them gives plausible results.
 */
import { newId } from "../base/ids.js"
import { embed as vectorOf } from "../engine/embed.js"
import { usage } from "./generation.js"
import { inputsOf } from "./inputs.js"
import type { JsonRecord } from "../base/json.js"
import { type Answer, answerModel, type OperationContext } from "./operation.js"
import { yieldToEventLoop } from "../base/time.js"

/** A vector as inference servers send it: float32, little-endian, in base64. */
const base64 = (vector: Float32Array): string => {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  vector.forEach((x, at) => view.setFloat32(at * 4, x, true))
  let binary = ""
  for (let at = 0; at < view.byteLength; at++) binary += String.fromCharCode(view.getUint8(at))
  return btoa(binary)
}

/** Returns the vector of each text of the input. */
export const embed = async (body: JsonRecord, context: OperationContext): Promise<Answer> => {
  const read = inputsOf(body, context)
  if (read.kind !== "inputs") return read
  const data: Array<JsonRecord> = []
  for (const [index, text] of read.texts.entries()) {
    const vector = vectorOf(text)
    // The numbers in single precision, so that both encodings have the same values.
    data.push({
      index,
      object: "embedding",
      embedding: body["encoding_format"] === "base64" ? base64(vector) : Array.from(vector)
    })
    await yieldToEventLoop()
    if (context.signal.aborted) break
  }
  return {
    kind: "json",
    value: {
      id: newId("embd-"),
      object: "list",
      model: answerModel(context.deployment, body["model"]),
      created: Math.floor(Date.now() / 1000),
      data,
      usage: usage(read.tokens, 0)
    }
  }
}
