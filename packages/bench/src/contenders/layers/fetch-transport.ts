export { layer } from "effect-friendli/FetchTransport"
