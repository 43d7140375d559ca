import type { Call } from '../align/call.js'
import type { CallForm } from '../scan/beginning.js'
import { createArgKeyCall } from './arg-key-call.js'
import type { CallGrammar, GrammarContext } from './call-grammar.js'
import { createListCall } from './list-call.js'
import { createNamedCall } from './named-call.js'
import { createPythonCall } from './python-call.js'
import { createXmlCall } from './xml-call.js'

/** The grammars beside the JSON object, by the form that a call's opening shows. */
export type Neighbours = Record<
  Exclude<CallForm, 'json'>,
  (call: Call, context: GrammarContext) => CallGrammar
>

/**
 * What models write that miss their own grammar, or have one of these as their own: for the `grammars` of
 * `toolshim/parser`, all of them or some.
 *
 * @example createParser({ tools, grammars: { xml: neighbours.xml } })
 */
export const neighbours: Neighbours = {
  named: createNamedCall,
  python: (call, context) => createPythonCall(call, context),
  list: createListCall,
  xml: createXmlCall,
  'arg-key': createArgKeyCall,
}
