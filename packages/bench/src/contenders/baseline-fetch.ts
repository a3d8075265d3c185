import { over } from "./baseline.js"

const post = (url: string, headers: Record<string, string>, body: string): Promise<Response> =>
  fetch(url, { method: "POST", headers, body })

export const make = over({
  text: async (url, headers, body) => {
    const response = await post(url, headers, body)
    return { status: response.status, text: await response.text() }
  },
  bytes: async (url, headers, body) => {
    const response = await post(url, headers, body)
    if (response.body === null) throw new Error("no body")
    return response.body as unknown as AsyncIterable<Uint8Array>
  },
  close: async () => {}
})
