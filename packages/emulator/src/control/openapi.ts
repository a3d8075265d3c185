/**
 * The OpenAPI document of the control paths. In: the table of paths. Out: a document of version 3.1, served at
 * `/_emulator/openapi.json`.
 */
import type { JsonRecord } from "../base/json.js"
import { scopeHeader } from "../base/scope.js"
import { controlPrefix, type ControlRoute, controlRoutes } from "./routes.js"
import { ref, schemas } from "./schemas.js"

/** Where the document is served. */
export const documentPath = `${controlPrefix}/openapi.json`

const json = (schema: JsonRecord): JsonRecord => ({ "application/json": { schema } })

const scopeText = "The name of a test or another caller. Each scope has its own faults, rules, speed and record."

/** The scope can be in a header or in the query. */
const scopeParameters: ReadonlyArray<JsonRecord> = [
  { name: scopeHeader, in: "header", description: scopeText, schema: { type: "string" } },
  { name: "scope", in: "query", description: "The same as the header.", schema: { type: "string" } }
]

const error = (description: string): JsonRecord => ({ description, content: json(ref("Error")) })

const operationOf = ({ answer, body, method, open, parameters, path, scoped, summary }: ControlRoute): JsonRecord => ({
  summary,
  operationId: `${method.toLowerCase()}${path.slice(1, 2).toUpperCase()}${path.slice(2)}`,
  ...(scoped === undefined && parameters === undefined
    ? {}
    : {
        parameters: [
          ...(scoped === undefined ? [] : scopeParameters),
          ...(parameters ?? []).map((parameter) => ({ ...parameter, in: "query" }))
        ]
      }),
  ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
  responses: {
    "200": { description: "Done.", content: json(answer) },
    ...(body === undefined && parameters === undefined
      ? {}
      : { "400": error("The invalid value, and the accepted values.") }),
    ...(open === undefined ? { "401": error("The emulator has a list of tokens, and this token is not in it.") } : {}),
    "403": error("The web page that sends this request has an origin that is not allowed.")
  },
  ...(open === undefined ? {} : { security: [] })
})

/** Makes the document. `server` is the address of the emulator. */
export const openApiDocument = (server: string): JsonRecord => {
  const paths: Record<string, JsonRecord> = {}
  for (const route of controlRoutes) {
    const path = controlPrefix + route.path
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  paths[documentPath] = {
    get: {
      summary: "This document",
      operationId: "getOpenApi",
      responses: { "200": { description: "An OpenAPI document.", content: json({ type: "object" }) } },
      security: []
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Control of effect-friendli-emulator",
      version: "1",
      description:
        "Changes and shows an emulator while it runs. A token is needed only when the emulator was started with a list of tokens. No answer contains a token."
    },
    servers: [{ url: server }],
    security: [{}, { bearer: [] }],
    paths,
    components: { schemas, securitySchemes: { bearer: { type: "http", scheme: "bearer" } } }
  }
}
