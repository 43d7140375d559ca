import { Token, type TokenSink } from '../json/tokens.js'

/** Tells a whole string, whose inside is spelled as JSON spells it. */
export function tellString(tell: TokenSink['token'], inside: string) {
  tell(Token.stringStart, '"')
  if (inside !== '') tell(Token.string, inside)
  tell(Token.stringEnd, '"')
}

/** Whether a value ends with this token, if it is the outermost one's. */
export function endsValue(kind: Token): boolean {
  return kind === Token.close || kind === Token.atom || kind === Token.stringEnd
}
