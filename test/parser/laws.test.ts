import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collect, createParser, parse } from '../../src/index.js'
import { everySplit } from '../../src/testing/every-split.js'
import { block, drifted, eventsOf, options, read, reasons, reply } from './replies.js'

const runs = Number(process.env.LAW_RUNS ?? 60)

describe('laws', () => {
  test('a fifth of the replies that they are tried on have a call', () => {
    const tried = fc.sample(fc.tuple(drifted, options), { numRuns: 600, seed: 1 })
    const called = tried.filter(([text, chosen]) => read([text], chosen).toolCalls.length > 0)
    expect(called.length).toBeGreaterThan(120)
  })

  test.each([
    ['pieces', reply],
    ['a call and pieces', block],
    ['any text', fc.string({ unit: 'binary', maxLength: 60 })],
  ])('1, 2: however %s are cut, the same comes out', (_, replies) => {
    fc.assert(
      fc.property(replies, reasons, (text, reason) => {
        const whole = read([text], { reason })
        for (const chunks of everySplit(text)) expect(read(chunks, { reason })).toEqual(whole)
      }),
      { numRuns: runs },
    )
  })

  test('1, 2: however a reply of any family is cut and whatever the app chose, the same comes out', () => {
    fc.assert(
      fc.property(drifted, options, (text, chosen) => {
        const whole = read([text], chosen)
        for (const chunks of everySplit(text)) expect(read(chunks, chosen)).toEqual(whole)
      }),
      { numRuns: runs * 5 },
    )
  })

  test('1, 2: a prefix in the middle of a line that begins as a tool does is text, however it is cut', () => {
    const tool = (name: string) => ({ type: 'function' as const, function: { name } })
    const chosen = { dialect: 'glm4', tools: [tool('tally'), tool('get_time')], createId: () => 'call_0' }
    const text = 'tools.other and tools.tally, tools.get_time\n{}'
    const whole = parse(text, chosen)
    for (const chunks of everySplit(text)) {
      const parser = createParser(chosen)
      expect(collect([...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()])).toEqual(whole)
    }
    expect(whole.toolCalls.map((call) => call.type === 'function' && call.function.name)).toEqual([
      'get_time',
    ])
  })

  test('3, 6: a call starts once, ends once, and has one JSON object in between', () => {
    fc.assert(
      fc.property(drifted, options, (text, chosen) => {
        const open = new Map<number, string>()
        let next = 0
        let complete = 0
        for (const event of eventsOf([text], chosen)) {
          switch (event.type) {
            case 'tool-call-start':
              expect(event.index).toBe(next++)
              open.set(event.index, event.custom ? '""' : '')
              break
            case 'tool-call-arguments':
              expect([...open.keys()]).toContain(event.index)
              if (open.get(event.index) !== '""') open.set(event.index, open.get(event.index) + event.text)
              break
            case 'tool-call-end':
              expect([...open.keys()]).toContain(event.index)
              expect(() => JSON.parse(open.get(event.index) ?? '')).not.toThrow()
              open.delete(event.index)
              complete++
              break
            case 'tool-call-incomplete':
              if (!open.delete(event.index)) expect(event.index).toBe(next++)
              break
            case 'finish':
              expect({ calls: event.calls, open: [...open] }).toEqual({ calls: complete, open: [] })
          }
        }
      }),
      { numRuns: runs * 20 },
    )
  })

  test('5: where nothing was made of a reply, it is text to the character', () => {
    const nothing = new Set(['not-a-call', 'limit', 'not-allowed', 'missing-required', 'unknown-tool'])
    fc.assert(
      fc.property(drifted, options, (text, chosen) => {
        if (chosen.missingRequired === 'drop' || chosen.unknownTool === 'drop') return
        const { content, reasoning, toolCalls, incomplete, changes } = read([text], chosen)
        if (reasoning !== '' || text.includes('think>') || toolCalls.length + incomplete.length > 0) return
        if (changes.every((change) => nothing.has(change.kind))) expect(content).toBe(text)
      }),
      { numRuns: runs * 20 },
    )
  })

  test('5: brackets behind a comma after what was no call stay in its text', () => {
    const text = '"[get_weather(city="Paris"), )<function_call>'
    expect(read([text], { dialect: 'glm4' }).content).toBe(text)
  })

  test('3, 6: arguments of finished calls are one JSON object', () => {
    fc.assert(
      fc.property(fc.oneof(reply, block), reasons, (text, reason) => {
        for (const call of read([text], { reason }).toolCalls) {
          if (call.type !== 'function') continue
          const value: unknown = JSON.parse(call.function.arguments)
          expect(typeof value === 'object' && value !== null && !Array.isArray(value)).toBe(true)
        }
      }),
      { numRuns: runs * 10 },
    )
  })

  test('4: a well-formed call passes to the byte', () => {
    const spacing = fc.constantFrom('', ' ', '\n', ' \t ')
    const value = fc.jsonValue().map((json) => JSON.stringify(json))
    const member = fc
      .tuple(fc.string({ unit: 'grapheme' }), value, spacing)
      .map(([key, json, space]) => `${JSON.stringify(key)}${space}:${space}${json}`)
    const args = fc
      .tuple(fc.array(member, { maxLength: 4 }), spacing)
      .map(([members, space]) => `{${space}${members.join(`${space},${space}`)}${space}}`)
    fc.assert(
      fc.property(args, fc.boolean(), fc.constantFrom('', '\n'), (json, nameFirst, line) => {
        const object = nameFirst
          ? `{"name": "get_weather", "arguments": ${json}}`
          : `{"arguments": ${json}, "name": "get_weather"}`
        const result = read([`<tool_call>${line}${object}${line}</tool_call>`])
        expect(result.toolCalls).toMatchObject([{ function: { arguments: json }, changes: [] }])
        expect(result.content).toBe('')
      }),
      { numRuns: runs * 5 },
    )
  })

  test('4, 7: whatever a well-formed string says, it passes to the byte and nothing in it is a call', () => {
    const document = reply.filter((text) => !text.includes('\u2060'))
    fc.assert(
      fc.property(document, document, fc.boolean(), fc.boolean(), (first, second, compact, nameFirst) => {
        const json = JSON.stringify(
          { path: first, content: second, list: [second, first] },
          null,
          compact ? 0 : 1,
        )
        const object = nameFirst
          ? `{"name": "write_file", "arguments": ${json}}`
          : `{"arguments": ${json}, "name": "write_file"}`
        const result = read([`<tool_call>\n${object}\n</tool_call>`])
        expect(result).toMatchObject({
          content: '',
          toolCalls: [{ function: { name: 'write_file', arguments: json }, changes: [] }],
        })
      }),
      { numRuns: runs * 10 },
    )
  })

  test('7: a document with broken quotes that shows calls runs none of them', () => {
    const example = fc
      .record({
        object: fc.constantFrom(
          '{"name": "get_weather", "arguments": {"city": "Rome"}}',
          '{"name":"get_weather","arguments":{}}',
          '{"arguments": {"path": "/etc", "content": ""}, "name": "write_file"}',
          '{"name": "write_file", "arguments": {"content": "x", "path": "/etc"}}',
          "{'name': 'get_weather', 'arguments': {'city': 'Rome'}}",
        ),
        line: fc.constantFrom('\n', '', ' ', '\\n'),
      })
      .map(({ object, line }) => `<tool_call>${line}${object}${line}</tool_call>`)
    const words = fc.constantFrom(
      '',
      '\n',
      ' Models write ',
      '. Then, "quoted", and ',
      '\n## Calls\n',
      ' (see below) ',
      'Config: {"a": "b"}\n',
      '[{"k": {"x": "y"}}]',
    )
    const document = fc
      .tuple(words, fc.array(fc.tuple(example, words), { minLength: 2, maxLength: 3 }))
      .map(([start, rest]) => start + rest.map((pair) => pair.join('')).join(''))
    fc.assert(
      fc.property(document, fc.boolean(), fc.boolean(), (content, pathFirst, closed) => {
        const args = pathFirst
          ? `{"path": "doc.md", "content": "${content}"}`
          : `{"content": "${content}", "path": "doc.md"}`
        const text = `<tool_call>\n{"name": "write_file", "arguments": ${args}}${closed ? '\n</tool_call>' : ''}`
        const made = read([text]).toolCalls
        expect(made.length).toBeLessThanOrEqual(1)
        for (const call of made) {
          expect(call).toMatchObject({ function: { name: 'write_file' } })
          if (call.type === 'function')
            expect(JSON.parse(call.function.arguments)).toMatchObject({ path: 'doc.md' })
        }
      }),
      { numRuns: runs * 10 },
    )
  })
})
