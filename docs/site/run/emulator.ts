/**
 * The emulator in the page. The build makes one bundle of it, for the programs of the guides and for the playground. It contains the vocabulary of a
 * model, so it is loaded only when the first request is sent.
 */
export { makeEmulator } from "effect-friendli-emulator/Emulator"
