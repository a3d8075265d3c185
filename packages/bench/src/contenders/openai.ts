import OpenAI from "openai"
import { over } from "./openai-client.js"

export const make = over((options) => new OpenAI(options))
