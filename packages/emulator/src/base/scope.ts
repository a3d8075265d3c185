/** The header that names the scope of a request. */
export const scopeHeader = "x-emulator-scope"
