/** The operations that answer with text. */
const textOperations: ReadonlyArray<string> = ["chat", "toolAssisted", "completions", "messages", "responses"]

/** Whether an operation answers with text. Rules match only these operations, unless they name another one. */
export const answersWithText = (operation: string): boolean => textOperations.includes(operation)
