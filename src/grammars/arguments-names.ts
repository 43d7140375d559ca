const names = new Set(['parameters', 'params', 'args', 'kwargs', 'input', 'tool_input', 'action_input'])

/** What models call the arguments; a tool's own parameter of that name is none of these. */
export function isArgumentsName(key: string): boolean {
  return key === 'arguments' || names.has(key)
}
