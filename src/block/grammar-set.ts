import type { Call } from '../align/call.js'
import type { CallGrammar, GrammarContext } from '../grammars/call-grammar.js'
import { createJsonCall } from '../grammars/json-call.js'
import type { Neighbours } from '../grammars/neighbours.js'
import type { CallForm } from '../scan/opening.js'
import type { TagSet } from '../scan/tags.js'

/** The grammars of a reply, each made when it is first needed. */
export interface GrammarSet {
  /** The one to begin with. */
  own(form: CallForm): CallGrammar
  /** Whether it is the one for JSON objects outside of reasoning. */
  isJson(grammar: CallGrammar): boolean
  /** The one for a form, `undefined` if it is not read there. */
  find(form: CallForm, inReasoning: boolean): CallGrammar | undefined
}

/** `tagsInThought`: in reasoning the tags of reasoning end a call too. */
export function createGrammarSet(
  call: Call,
  context: GrammarContext,
  tagsInThought: TagSet,
  neighbours: Partial<Neighbours>,
): GrammarSet {
  const usual: Partial<Record<CallForm, CallGrammar | undefined>> = {}
  const inThought: typeof usual = {}

  function find(form: CallForm, inReasoning: boolean): CallGrammar | undefined {
    const made = inReasoning ? inThought : usual
    const create = form === 'json' ? createJsonCall : neighbours[form]
    made[form] ??= create?.(call, inReasoning ? { ...context, tags: tagsInThought } : context)
    return made[form]
  }

  function own(form: CallForm): CallGrammar {
    const found = find(form, false)
    if (found !== undefined) return found
    usual.json ??= createJsonCall(call, context)
    return usual.json
  }

  return {
    find,
    own,
    isJson: (grammar) => grammar === usual.json,
  }
}
