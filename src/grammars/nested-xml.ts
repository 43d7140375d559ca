import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { isFields } from '../fields.js'
import type { XmlElement } from './call-grammar.js'

/** Deeper than arguments are. */
const maxDepth = 100

/**
 * Reads the nested XML that some models write for an object or array, where it has one meaning: elements and text, every
 * tag closed. What is no tag is text (`a < b`), entities stay as they are written, and an attribute, a declaration, a
 * comment or text between elements means `undefined`, because it would be lost.
 *
 * @example readXml('<city>Oslo</city><days>3</days>')
 * // [{ name: 'city', children: [], text: 'Oslo' }, { name: 'days', children: [], text: '3' }]
 */
export function readXml(text: string): XmlElement[] | undefined {
  if (/<[!?]/.test(text)) return undefined
  // The parser takes these two for markup wherever they stand, so other characters stand for them where they are text.
  const [less, and] = unused(text)
  if (less === undefined || and === undefined) return undefined
  const restore = (safe: string) => safe.replaceAll(less, '<').replaceAll(and, '&')
  const safe = text.replace(/<(?!\/?[A-Za-z_][\w.:-]*\s*\/?>)/g, less).replaceAll('&', and)
  const document = `<a>${safe}</a>`
  try {
    if (XMLValidator.validate(document) !== true) return undefined
    const nodes: unknown = parser.parse(document)
    const [root] = Array.isArray(nodes) ? nodes : []
    const elements = isFields(root) ? childrenOf(root.a, restore, 0) : undefined
    return elements === undefined || elements.text !== '' ? undefined : elements.children
  } catch {
    // It is no XML for that parser: the value stays the text that it was.
    return undefined
  }
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  htmlEntities: false,
  trimValues: false,
  maxNestedTags: maxDepth + 2,
  // Names that an object has without being given them: it throws at some itself, and would rename the others.
  onDangerousProperty(name) {
    throw new Error(name)
  },
})

/** What stands between an element's tags; `undefined` when elements and text are mixed. */
function childrenOf(
  nodes: unknown,
  restore: (safe: string) => string,
  depth: number,
): Omit<XmlElement, 'name'> | undefined {
  if (!Array.isArray(nodes) || depth > maxDepth) return undefined
  const children: XmlElement[] = []
  let text = ''
  for (const node of nodes) {
    if (!isFields(node)) return undefined
    for (const [name, inside] of Object.entries(node)) {
      if (name === '#text') {
        text += restore(String(inside))
        continue
      }
      if (name.startsWith(':')) return undefined
      const read = childrenOf(inside, restore, depth + 1)
      if (read === undefined) return undefined
      children.push({ name, ...read })
    }
  }
  if (children.length === 0) return { children, text }
  return text.trim() === '' ? { children, text: '' } : undefined
}

/** Two characters for private use that do not occur in the text. */
function unused(text: string): string[] {
  const found: string[] = []
  for (let unit = 0xe000; unit < 0xe100 && found.length < 2; unit++) {
    const char = String.fromCharCode(unit)
    if (!text.includes(char)) found.push(char)
  }
  return found
}
