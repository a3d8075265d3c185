/** The API in the page: every run of a program has an emulator of its own, so that no run sees what another one left. */
import { makeEmulator } from "effect-friendli-emulator/Emulator"

export const makeFetch = (): typeof globalThis.fetch => makeEmulator().fetch
