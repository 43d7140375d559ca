import { Kind } from '../align/kinds.js'
import type { Shapes } from '../align/schema.js'
import { readAtom } from '../json/atoms.js'
import { escapeText } from '../json/characters.js'
import { Token, type TokenSink, tellString } from '../json/tokens.js'
import type { XmlElement } from './call-grammar.js'
import { kindsOf, membersOf } from './declared-types.js'

/**
 * Tells what stands between an element's tags as the JSON value that its schema asks for: repeated elements are an array,
 * elements of different names an object, and text a number or literal only where the schema does not ask for a string.
 *
 *     <city>Oslo</city><stop>a</stop><stop>b</stop>      {"city": "Oslo", "stop": ["a", "b"]}
 */
export function writeXml(elements: readonly XmlElement[], shapes: Shapes, sink: TokenSink) {
  writeMembers(elements, isList(shapes), shapes, sink)
}

/** Whether an array is asked for and no object. */
function isList(shapes: Shapes): boolean {
  return (kindsOf(shapes) & (Kind.array | Kind.object)) === Kind.array
}

function writeMembers(elements: readonly XmlElement[], asList: boolean, shapes: Shapes, sink: TokenSink) {
  /** By place in a list, by name in an object. */
  const members = new Map<string | number, XmlElement[]>()
  for (const [i, element] of elements.entries()) {
    const key = asList ? i : element.name
    const same = members.get(key)
    if (same === undefined) members.set(key, [element])
    else same.push(element)
  }
  let isFirst = true
  sink.token(Token.open, asList ? '[' : '{')
  for (const [key, same] of members) {
    const [first] = same
    if (first === undefined) continue
    if (!isFirst) sink.token(Token.comma, ',')
    isFirst = false
    if (!asList) {
      sink.token(Token.key, JSON.stringify(key))
      sink.token(Token.colon, ':')
    }
    const declared = membersOf(shapes, asList ? undefined : first.name)
    const isItem = !asList && first.children.length === 0 && first.text.trim() !== ''
    if (same.length > 1 || (isItem && isList(declared))) writeMembers(same, true, declared, sink)
    else writeElement(first, declared, sink)
  }
  sink.token(Token.close, asList ? ']' : '}')
}

function writeElement({ children, text }: XmlElement, shapes: Shapes, sink: TokenSink) {
  const kinds = kindsOf(shapes)
  const isNested = (kinds & Kind.string) === 0 && (kinds & (Kind.object | Kind.array)) !== 0
  if (children.length > 0 || (isNested && text.trim() === '')) return writeXml(children, shapes, sink)
  const atom = kinds & Kind.string ? undefined : readAtom(text.trim())
  if (atom !== undefined) return sink.token(Token.atom, atom.text)
  tellString(sink.token, escapeText(text))
}
