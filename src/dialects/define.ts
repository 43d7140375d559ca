import { isFields } from '../fields.js'
import { chatml, jsonCallsIn, turnsOf } from './chatml.js'
import type { Dialect, ResultRole } from './dialect.js'

/**
 * What an app says of its own dialect. What it leaves out is as in ChatML with JSON calls in `<tool_call>`: with other
 * marks calls are JSON objects between those, with other control tokens turns stand between those.
 *
 * @example { id: 'mine', template: ({ tools }) => tools.map((tool) => tool.json).join('\n') }
 */
export type DialectDefinition<Role extends ResultRole = ResultRole> = Pick<Dialect, 'id' | 'template'> &
  Partial<Dialect<Role>>

/**
 * Makes a dialect of an app's own, to be passed wherever a dialect's name is accepted. `template` is a plain function
 * from the tools to the words that show them; nothing is compiled.
 *
 * @throws Error naming the field that is missing, unknown or wrong.
 * @example
 * const mine = defineDialect({
 *   id: 'mine',
 *   template: ({ tools }) => `You can call:\n${tools.map((tool) => tool.json).join('\n')}`,
 *   marks: { call: { open: '<call>', close: '</call>' } },
 * })
 * renderPrompt(request, { dialect: mine })
 */
export function defineDialect<Role extends ResultRole = 'user'>(
  definition: DialectDefinition<Role>,
): Dialect<Role>
export function defineDialect(definition: DialectDefinition): Dialect {
  if (!isFields(definition)) throw new Error('a dialect must be an object with an id and a template')
  const given = new Map<string, unknown>(
    Object.entries(definition).filter(([, value]) => value !== undefined),
  )
  for (const field of ['id', 'template', ...given.keys()]) checkField(field, given.get(field))
  checkCalls(definition)
  return {
    ...chatml,
    ...(definition.marks?.call === undefined ? {} : jsonCallsIn(definition.marks.call)),
    ...(definition.controlTokens === undefined ? {} : turnsOf(definition.controlTokens)),
    id: definition.id,
    template: definition.template,
    ...Object.fromEntries(given),
  }
}

/** JSON calls between marks can be written for the app; how any others are spelled it has to say itself. */
function checkCalls({ grammar = 'json', marks, call, callStart }: DialectDefinition) {
  const why =
    marks !== undefined && marks.call === undefined
      ? 'marks has no call'
      : grammar === 'json'
        ? undefined
        : `grammar is ${grammar}`
  if (why === undefined) return
  for (const [field, value] of Object.entries({ call, callStart })) {
    if (value === undefined) throw new Error(`dialect.${field} must be a function, since dialect.${why}`)
  }
}

function checkField(field: string, value: unknown): void {
  const check = checks.get(field)
  if (check === undefined) throw new Error(`dialect.${field} is no field of a dialect`)
  const problem = check(value)
  if (problem !== undefined) throw new Error(`dialect.${field} must be ${problem}`)
}

/** What a value must be instead, `undefined` when it is that. */
type Check = (value: unknown) => string | undefined

const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a string that is not empty'
const string: Check = (value) => (typeof value === 'string' ? undefined : 'a string')
const func: Check = (value) => (typeof value === 'function' ? undefined : 'a function')
const isMarks = (value: unknown) => isFields(value) && !text(value.open) && !text(value.close)
/** U+2060 goes inside a control token to neutralise it, which takes two characters. */
const isToken = (value: unknown) => typeof value === 'string' && Array.from(value).length > 1

function oneOf(...words: string[]): Check {
  return (value) => (words.some((word) => word === value) ? undefined : `one of ${words.join(', ')}`)
}

function when(holds: (value: Record<string, unknown>) => boolean, problem: string): Check {
  return (value) => (isFields(value) && holds(value) ? undefined : problem)
}

const everyField: Record<keyof Dialect, Check> = {
  id: text,
  grammar: oneOf('json', 'named', 'python'),
  marks: when(
    ({ call, reasoning }) =>
      (call === undefined || isMarks({ close: '.', ...call })) &&
      (reasoning === undefined || isMarks(reasoning)),
    '{ call?: { open, close? }, reasoning?: { open, close } } with strings that are not empty',
  ),
  controlTokens: when(
    ({ start, end, others }) =>
      isToken(start) && isToken(end) && Array.isArray(others) && others.every(isToken),
    '{ start, end, others: [] } with strings of at least two characters',
  ),
  noCall: text,
  stop: (value) =>
    Array.isArray(value) && !value.some(text) ? undefined : 'an array of strings that are not empty',
  bos: string,
  template: func,
  system: func,
  question: func,
  laterSystem: oneOf('kept', 'left-out'),
  contentParts: oneOf('text', 'left-out'),
  media: func,
  turn: func,
  call: func,
  callStart: func,
  argumentStrings: oneOf('verbatim', 'respelled'),
  textBesideCalls: oneOf('kept', 'left-out'),
  assistant: func,
  message: func,
  results: when(
    ({ open, close, role, after, apart = false }) =>
      !string(open) &&
      !string(close) &&
      (role === 'user' || role === 'tool' || role === 'observation') &&
      !func(after) &&
      typeof apart === 'boolean',
    "{ open, close, role: 'user', 'tool' or 'observation', after, apart?: true or false }",
  ),
  opening: func,
}
const checks = new Map(Object.entries(everyField))
