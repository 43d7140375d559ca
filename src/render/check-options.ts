import { checkWord } from '../check-options.js'
import type { Dialect } from '../dialects/dialect.js'
import { isFields } from '../fields.js'
import { checkNames } from '../option-names.js'
import { fail } from '../tools.js'
import type { PromptOptions } from './prompt.js'

const booleans = ['neutralise', 'joinText', 'bos', 'addGenerationPrompt', 'continueFinalMessage'] as const
const known: (keyof PromptOptions)[] = ['dialect', 'onWarning', 'history', ...booleans]

/**
 * What a wrong value would only show in what the model is told.
 *
 * @throws Error naming the option.
 */
export function checkRenderOptions(options: PromptOptions): void {
  // The likeliest slip is a dialect's name in their place.
  if (!isFields(options)) fail('options', "must be an object, as in { dialect: 'qwen3' }")
  checkNames(options, known)
  for (const name of booleans) {
    if (typeof (options[name] ?? true) !== 'boolean') fail(name, 'must be true or false')
  }
  const { onWarning, history = 'lenient' } = options
  if (onWarning !== undefined && typeof onWarning !== 'function') fail('onWarning', 'must be a function')
  checkWord('history', history, ['lenient', 'strict'])
}

/** A parser needs less of a dialect. */
export function checkDialectToRender(dialect: Dialect): void {
  if (isFields(dialect) && typeof dialect.template === 'function' && isFields(dialect.results)) return
  fail(
    'dialect',
    'must be the name of one or an object of defineDialect, as in defineDialect({ id, template })',
  )
}
