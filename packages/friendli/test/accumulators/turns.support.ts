/**
 * What the unit tests and the exhaustive tests of `turns` share.
 */
import * as Chat from "effect-friendli/Chat"

export const back = Chat.toAssistantMessage
