import { emulatorSetup } from "effect-friendli-emulator/vitest"

export default emulatorSetup({ tokens: ["only-this"], models: ["one-model"] })
