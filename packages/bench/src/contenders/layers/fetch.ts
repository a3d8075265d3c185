export { layer } from "@effect/platform/FetchHttpClient"
