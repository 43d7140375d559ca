import { Kind, type Schema, type Shapes } from '../align/schema.js'
import { readAtom } from '../json/atoms.js'
import { escapeText } from '../json/characters.js'
import { Token, type TokenSink } from '../json/tokens.js'
import type { XmlElement } from './call-grammar.js'
import { kindsOf, membersOf } from './declared-types.js'
import { tellString } from './tell.js'

/**
 * Tells what stands between an element's tags as the JSON value that its schema asks for: repeated elements are an array,
 * elements of different names an object, and text a number or literal only where the schema does not ask for a string.
 *
 *     <city>Oslo</city><stop>a</stop><stop>b</stop>      {"city": "Oslo", "stop": ["a", "b"]}
 */
export function writeXml(elements: readonly XmlElement[], schema: Schema, shapes: Shapes, sink: TokenSink) {
  if (isList(shapes)) writeArray(elements, schema, shapes, sink)
  else writeObject(elements, schema, shapes, sink)
}

/** Whether an array is asked for and no object. */
function isList(shapes: Shapes): boolean {
  return (kindsOf(shapes) & (Kind.array | Kind.object)) === Kind.array
}

function writeObject(elements: readonly XmlElement[], schema: Schema, shapes: Shapes, sink: TokenSink) {
  const members = new Map<string, XmlElement[]>()
  for (const element of elements) {
    const same = members.get(element.name)
    if (same === undefined) members.set(element.name, [element])
    else same.push(element)
  }
  sink.token(Token.open, '{')
  let isFirst = true
  for (const [name, same] of members) {
    if (!isFirst) sink.token(Token.comma, ',')
    isFirst = false
    sink.token(Token.key, JSON.stringify(name))
    sink.token(Token.colon, ':')
    const declared = membersOf(schema, shapes, name)
    const [only] = same
    const isItem = only !== undefined && only.children.length === 0 && only.text.trim() !== ''
    if (only === undefined || same.length > 1 || (isItem && isList(declared)))
      writeArray(same, schema, declared, sink)
    else writeElement(only, schema, declared, sink)
  }
  sink.token(Token.close, '}')
}

function writeArray(elements: readonly XmlElement[], schema: Schema, shapes: Shapes, sink: TokenSink) {
  const declared = membersOf(schema, shapes)
  sink.token(Token.open, '[')
  for (const [i, element] of elements.entries()) {
    if (i > 0) sink.token(Token.comma, ',')
    writeElement(element, schema, declared, sink)
  }
  sink.token(Token.close, ']')
}

function writeElement({ children, text }: XmlElement, schema: Schema, shapes: Shapes, sink: TokenSink) {
  const kinds = kindsOf(shapes)
  const isNested = (kinds & Kind.string) === 0 && (kinds & (Kind.object | Kind.array)) !== 0
  if (children.length > 0 || (isNested && text.trim() === '')) return writeXml(children, schema, shapes, sink)
  const atom = kinds & Kind.string ? undefined : readAtom(text.trim())
  if (atom !== undefined) return sink.token(Token.atom, atom.text)
  tellString(sink.token, escapeText(text))
}
