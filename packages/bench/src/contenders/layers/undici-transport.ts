export { layer } from "effect-friendli/UndiciTransport"
