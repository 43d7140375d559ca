import type { Call } from '../align/call.js'
import { isLikeParameterOf } from '../align/tools.js'
import { rememberKey } from '../json/keys.js'
import { keyName, Token } from '../json/tokens.js'
import type { GrammarContext } from './call-grammar.js'

/** The JSON object that a call's arguments are told as, where the model did not write it as one: its keys, and commas between. */
export interface ArgumentsObject {
  /** Another call's. */
  start(): void
  /** Before the next key stands no comma of the model's. Whether one is due. */
  goOn(): boolean
  /** The next key, as JSON; `space` stands between the comma and it. */
  key(json: string, space?: string): void
  /** Whether a parameter of the tool is called so, or nearly; while it is not known which tool, one of any is. */
  isParameter(name: string): boolean
  has(name: string): boolean
  isEmpty(): boolean
  /** The keys that it has had. Of very many only the declared ones. */
  names(): string[]
}

export function createArgumentsObject(call: Call, { tools }: GrammarContext): ArgumentsObject {
  let keys: string[] = []
  let lacksComma = false

  function isParameter(name: string): boolean {
    return call.tool === undefined ? tools.isParameter(name) : isLikeParameterOf(call.tool, name)
  }

  const names = () => keys.map(keyName)

  return {
    start() {
      keys = []
      lacksComma = false
    },
    goOn() {
      lacksComma = keys.length > 0
      return lacksComma
    },
    key(json, space = '') {
      if (lacksComma) call.token(Token.comma, ',')
      lacksComma = false
      if (space !== '') call.token(Token.space, space)
      rememberKey(keys, json, isParameter)
      call.token(Token.key, json)
    },
    isParameter,
    isEmpty: () => keys.length === 0,
    has: (name) => names().includes(name),
    names,
  }
}
