/**
 * What the unit tests and the exhaustive tests of `strict` share.
 */

export const origin = "http://emulator.test"

export const user = { role: "user", content: "Hello!" }

export const chat = { model: "m", messages: [user], max_tokens: 4 }
