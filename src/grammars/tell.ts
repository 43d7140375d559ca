import { endsValue, Token } from '../json/tokens.js'

/** Tells the tokens of a value, or those inside its bracket (`outer` is 1 then), with how deep each stands and whether it is the last. */
export function tellValue(
  tell: (kind: Token, text: string, depth: number, ended: boolean) => void,
  tokens: readonly (readonly [Token, string])[],
  outer = 0,
) {
  let depth = outer
  for (const [kind, text] of tokens) {
    if (kind === Token.open) depth++
    else if (kind === Token.close) depth--
    tell(kind, text, depth, depth === 0 && endsValue(kind))
  }
}
