/**
 * Who speaks in a turn that is not the model's own. What stands in one is not the model's to say: a result that it makes up
 * may look like a call, and is none.
 */
const token = /user|human|system|observation|instruction|environment|ipython|[_▁](?:response|result|output)/i
const role =
  /^\W*(?:user|human|system|developer|tool|function|response|observation|environment|ipython|\w+_(?:response|result|output))s?\b/i

/**
 * Whether a control token begins somebody else's turn by itself.
 *
 * @example beginsOthersTurn('<|observation|>') // true, and of '<|im_start|>' false
 */
export function beginsOthersTurn(mark: string): boolean {
  return token.test(mark)
}

/**
 * Whether the role behind the beginning of a turn is somebody else's.
 *
 * @example isOthersRole('tool\n{"temperature": 3}') // true, and of 'tool_call\n' false
 */
export function isOthersRole(text: string): boolean {
  return role.test(text)
}
