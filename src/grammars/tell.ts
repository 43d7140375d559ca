import { Token, type TokenSink } from '../json/tokens.js'

/** Tells a whole string, whose inside is spelled as JSON spells it. */
export function tellString(tell: TokenSink['token'], inside: string) {
  tell(Token.stringStart, '"')
  if (inside !== '') tell(Token.string, inside)
  tell(Token.stringEnd, '"')
}
