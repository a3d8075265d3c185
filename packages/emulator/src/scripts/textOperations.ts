/** The operations that answer with text. */
const textOperations: ReadonlyArray<string> = ["chat", "toolAssisted", "completions", "messages", "responses"]

/** Whether an operation answers with text: rules are for these unless they name another one. */
export const answersWithText = (operation: string): boolean => textOperations.includes(operation)
