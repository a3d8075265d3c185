import { request } from "undici"
import { over } from "./baseline.js"

const post = (url: string, headers: Record<string, string>, body: string) =>
  request(url, { method: "POST", headers, body })

export const make = over({
  text: async (url, headers, body) => {
    const response = await post(url, headers, body)
    return { status: response.statusCode, text: await response.body.text() }
  },
  bytes: async (url, headers, body) => (await post(url, headers, body)).body,
  close: async () => {}
})
