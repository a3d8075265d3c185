/**
 * Scripted answers: rules that decide how certain requests are answered, instead of the model.
 *
 * Rules come from the option `script`, from `emulator.script`, from the file of `--script`, or over HTTP.
 */
export { type ScriptCall, type ScriptCondition, ScriptError, type ScriptRule } from "./base/script.js"
export { check } from "./scripts/checkRules.js"
export { parse } from "./scripts/parseScript.js"
