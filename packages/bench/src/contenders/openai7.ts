import type OpenAI6 from "openai"
import OpenAI from "openai7"
import { over } from "./openai-client.js"

// Both versions have the same functions here; the compiler distinguishes the classes only because of their private fields.
export const make = over((options) => new OpenAI(options) as unknown as OpenAI6)
