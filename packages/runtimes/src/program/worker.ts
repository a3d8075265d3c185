/** The program in a worker: a request with its input as the body is answered with its report. */
import type { Given } from "../result.js"
import { run } from "./conformance.js"

export default {
  fetch: async (request: Request, { VERSION }: { readonly VERSION: string }): Promise<Response> =>
    Response.json(await run((await request.json()) as Given, { version: VERSION }))
}
