/**
 * Friendli's inference API on your own machine: real Llama 3 tokens, a small text generator, and faults to test clients with.
 */
export * as Emulator from "./Emulator.js"
export * as EmulatorHttpClient from "./EmulatorHttpClient.js"
export * as EmulatorServer from "./EmulatorServer.js"
export * as Faults from "./Faults.js"
export * as NodeServer from "./NodeServer.js"
export * as Scripts from "./Scripts.js"
