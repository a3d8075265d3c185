/** Thrown for arguments and settings that are invalid. The message is for the person who wrote them. */
export class CommandLineError extends Error {}
