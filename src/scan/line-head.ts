import { Char, isSpace } from '../json/characters.js'

/**
 * What the line has had so far, while something may still begin it: nothing but white space (`''`), or the marker of a
 * list's item, whole (`1. `, `- `) or not yet. `undefined`: other text has come.
 */
export type LineHead = string | undefined

/** Whether what comes next begins the line, or the item. */
export function isLineStart(head: LineHead): boolean {
  return head === '' || head?.endsWith(' ') === true
}

/** The head of the line behind one more unit. `inItems`: the marker of an item may stand in it. */
export function addToHead(head: LineHead, unit: number, inItems = false): LineHead {
  if (unit === Char.newline) return ''
  if (head === undefined) return undefined
  if (isSpace(unit)) return isLineStart(head) ? head : isMarker(head) ? `${head} ` : undefined
  if (!inItems) return undefined
  const read = head + String.fromCharCode(unit)
  return isItemMark(read) ? read : undefined
}

/** The head of the line behind a piece of text. */
export function headBehind(head: LineHead, text: string, inItems?: boolean): LineHead {
  const newline = text.lastIndexOf('\n')
  let read = newline === -1 ? head : ''
  for (let i = newline + 1; i < text.length && read !== undefined; i++) {
    read = addToHead(read, text.charCodeAt(i), inItems)
  }
  return read
}

/** Whether text is the marker of a list's item, or a number that may become one. */
export function isItemMark(text: string): boolean {
  return /^(?:[-*•]|\d{1,3}[.)]?)$/.test(text)
}

function isMarker(text: string): boolean {
  return !/\d$/.test(text)
}
