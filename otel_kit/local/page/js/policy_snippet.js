/** What YAML would read as something else than text. */
const NOT_TEXT = /^(?:true|false|yes|no|on|off|y|n|null|~)$/i;

/** @param {string} text @returns {string} as YAML reads it back, in quotes where it must be */
function yaml(text) {
  return /^[A-Za-z][\w.-]*$/.test(text) && !NOT_TEXT.test(text) ? text : JSON.stringify(text);
}

/** @param {string} rule id of a rule or key class @param {string} key @returns {string} a policy in which the rule does nothing at that key */
export function allowAt(rule, key) {
  return `version: 1\nallow:\n  rules:\n    ${yaml(rule)}: [${yaml(key)}]`;
}

/** @param {string} key @returns {string} a policy in which no rule does anything at that key */
export function allowKey(key) {
  return `version: 1\nallow:\n  keys: [${yaml(key)}]`;
}

/** @param {string} id @param {string} kind of the API: "rule" or "key class" @returns {string} a policy in which it only counts */
export function onlyReport(id, kind) {
  return `version: 1\n${kind === "key class" ? "keys" : "rules"}:\n  ${yaml(id)}:\n    mode: report`;
}

/** @param {string} id @returns {string} the command that explains a rule */
export function explainCommand(id) {
  return `otel-kit policy explain --rule ${/^[\w.-]+$/.test(id) ? id : "'<rule>'"}`;
}
