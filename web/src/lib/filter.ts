// Conditions of the expression language from what is picked or clicked.

const kNumbers = new Set(["int", "long", "float", "double", "decimal"]);
const kPlainName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const kFunctions = new Set(["contains", "startsWith", "endsWith", "matches"]);

export const kOperators = ["==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith", "matches"] as const;
export type Operator = (typeof kOperators)[number];

/** A literal of the language: numbers bare and exact, all else quoted. */
export function literal(type: string, text: string): string {
  if (text === "null" || (type === "boolean" && /^(true|false)$/.test(text))) return text;
  if (kNumbers.has(type) && /^-?\d+(\.\d+)?$/.test(text)) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** "value.after.price" from its parts; odd names go in brackets. */
export function fieldPath(root: string, names: readonly string[]): string {
  return names.reduce((path, name) => (kPlainName.test(name) ? `${path}.${name}` : `${path}[${literal("string", name)}]`), root);
}

export function condition(path: string, type: string, operator: Operator, text: string): string {
  const value = literal(kFunctions.has(operator) ? "string" : type, text);
  return kFunctions.has(operator) ? `${path}.${operator}(${value})` : `${path} ${operator} ${value}`;
}

/** Adds a condition to an expression; an "or" of before keeps its meaning. */
export function alsoWanted(expression: string, more: string): string {
  const before = expression.trim();
  if (before === "") return more;
  if (before.split(" && ").includes(more)) return before;
  return `${/\|\||\?/.test(before) ? `(${before})` : before} && ${more}`;
}
