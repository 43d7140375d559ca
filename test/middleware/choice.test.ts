import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collect, createParser, type ParserEvent } from '../../src/index.js'
import { createChoice } from '../../src/middleware/choice.js'
import type { CallPart } from '../../src/upstreams/call-parts.js'
import type { ChoicePart } from '../../src/upstreams/upstream.js'
import { callOslo, callParis } from './setup.js'

const call = (index: number, id: string, name: string, text: string): CallPart => ({
  index,
  id,
  name,
  custom: false,
  text,
})

const steps = fc.oneof(
  fc.constantFrom<ChoicePart>(
    { index: 0, text: 'Let me look.' },
    { index: 0, text: '\n\n' },
    { index: 0, text: callParis },
    { index: 0, text: callOslo.slice(0, 50) },
    { index: 0, reasoning: 'Hm. ' },
  ),
  fc
    .tuple(fc.nat(2), fc.constantFrom('{"a": 1}', '{"a": "}"}', '', '{"a": [', '{}\n', '\n'))
    .map(([at, text]): ChoicePart => ({ index: 0, calls: [call(at, `id${at}`, `tool${at}`, text)] })),
)

/** The same step in pieces. */
function inPieces(step: ChoicePart, size: number): ChoicePart[] {
  const cut = (text: string) => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? ['']
  if (step.text !== undefined) return cut(step.text).map((text) => ({ ...step, text }))
  if (step.reasoning !== undefined) return cut(step.reasoning).map((reasoning) => ({ ...step, reasoning }))
  const [first] = step.calls ?? []
  if (first === undefined) return [step]
  return cut(first.text).map((text, at) => ({
    ...step,
    calls: [at === 0 ? { ...first, text } : { index: first.index, custom: false, text }],
  }))
}

function eventsOf(parts: ChoicePart[], finish: string, oneCall = false): ParserEvent[] {
  let ids = 0
  const createId = () => `mine${ids++}`
  const choice = createChoice({
    createParser: () => createParser({ dialect: 'qwen3', createId }),
    createId,
    oneCall,
  })
  return [...parts.flatMap((part) => choice.push(part)), ...choice.end(finish)]
}

test('how text and calls are cut does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 6 }),
      fc.constantFrom('stop', 'length', 'tool_calls'),
      fc.integer({ min: 1, max: 9 }),
      (parts, finish, size) => {
        const whole = collect(eventsOf(parts, finish))
        const cut = collect(
          eventsOf(
            parts.flatMap((part) => inPieces(part, size)),
            finish,
          ),
        )
        expect(cut).toEqual(whole)
      },
    ),
  )
})

test('calls are numbered densely, one after the other, and the finish counts them', () => {
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 6 }),
      fc.constantFrom('stop', 'length'),
      fc.boolean(),
      (parts, finish, oneCall) => {
        const events = eventsOf(parts, finish, oneCall)
        let open: number | undefined
        let started = 0
        let complete = 0
        for (const event of events) {
          if (event.type === 'tool-call-start') {
            expect([open, event.index]).toEqual([undefined, started++])
            open = event.index
          } else if (event.type === 'tool-call-arguments') expect(event.index).toBe(open)
          else if (event.type === 'tool-call-end' || event.type === 'tool-call-incomplete') {
            if (event.type === 'tool-call-end') complete++
            open = undefined
          }
        }
        expect(open).toBeUndefined()
        expect(events.filter((event) => event.type === 'finish')).toHaveLength(1)
        expect(events.at(-1)).toMatchObject({ type: 'finish', calls: complete })
        if (oneCall) expect(complete).toBeLessThanOrEqual(1)
      },
    ),
  )
})

const chosen = () =>
  createChoice({ createParser: () => createParser(), createId: () => 'mine', oneCall: true })

test('no more white space is held at the start than the parser may hold', () => {
  const space = ' '.repeat(64 * 1024)
  expect(chosen().push({ index: 0, text: space })).toEqual([])
  expect(chosen().push({ index: 0, text: `${space} ` })).toEqual([{ type: 'text', text: `${space} ` }])
})

test('of what comes behind the one call that is wanted only that it is left out is told', () => {
  const choice = chosen()
  const events = choice.push({ index: 0, text: `<tool_call>\n{"name": "f", "arguments": {}} // done` })
  expect(events.map(({ type }) => type)).toContain('tool-call-end')
  expect(choice.endAfterCall().map(({ type }) => type)).toEqual(['finish'])
})

// The time that a test is given is enough only if it is linear.
test('a long call in small pieces', () => {
  const args = JSON.stringify({ a: 'x'.repeat(500_000) })
  const parts = inPieces({ index: 0, calls: [call(0, 'a', 'f', args)] }, 4)
  expect(collect(eventsOf(parts, 'tool_calls')).toolCalls).toMatchObject([{ function: { arguments: args } }])
})
