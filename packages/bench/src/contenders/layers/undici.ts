export { layerUndici as layer } from "@effect/platform-node/NodeHttpClient"
