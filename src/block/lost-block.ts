/** How much that a lost reader has gone past is read again: what is lost again and again takes no longer than this squared. */
const maxAgain = 16 * 1024

/**
 * Where the object in a block ends that its reader was lost in: at the first closing mark behind as many quotes and brackets
 * as close each other, if what follows may be read again, or else at the mark that ends the block, or with it.
 */
export function endOfObject(block: string, close: string): number {
  if (close === '') return block.length
  const count = createCount()
  let from = 0
  for (let at = block.indexOf(close); at >= 0; at = block.indexOf(close, at + 1)) {
    count.add(block.slice(from, at))
    from = at
    const isNear = block.length - at <= maxAgain
    const isLast = isNear && /^[^\S\n]*(?:[\n<]|$)/.test(block.slice(at + close.length))
    if (isLast && count.isBalanced()) return at
  }
  const body = block.trimEnd()
  return body.endsWith(close) ? body.length - close.length : block.length
}

/** Whether an object ends there, by the number of its quotes and brackets. */
export function isBalanced(text: string): boolean {
  const count = createCount()
  count.add(text)
  return count.isBalanced()
}

/** Counts in pieces, so that a block with many marks takes no longer than its text. */
function createCount() {
  let quotes = 0
  let braces = 0
  let lists = 0
  let last = ''
  return {
    add(text: string) {
      for (const [unit] of text.matchAll(/["{}[\]]/g)) {
        if (unit === '"') quotes++
        else if (unit === '{' || unit === '}') braces += unit === '{' ? 1 : -1
        else lists += unit === '[' ? 1 : -1
      }
      last = text.trimEnd().at(-1) ?? last
    },
    isBalanced: () => last === '}' && quotes % 2 === 0 && braces === 0 && lists === 0,
  }
}
