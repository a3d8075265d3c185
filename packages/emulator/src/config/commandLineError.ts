/** Thrown for invalid arguments and settings. The message is for the person who wrote them. */
export class CommandLineError extends Error {}
