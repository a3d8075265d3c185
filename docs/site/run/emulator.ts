/**
 * The emulator in the page. The build makes one bundle of it, for the programs of the guides and for the playground. It brings the vocabulary of a
 * model along, so nothing loads it before something is sent.
 */
export { makeEmulator } from "effect-friendli-emulator/Emulator"
