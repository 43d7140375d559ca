import { describe, expect, test } from 'vitest'
import { readFixture } from '../../src/testing/fixture.js'

const page = `# Name first

What models write most of the time.
And more.

## Options

\`\`\`json
{ "finishReason": "length", "limits": { "calls": 1 } }
\`\`\`

## Reply

\`\`\`\`text
## Options
\`\`\`
code
\`\`\`

\`\`\`\`

## Events

\`\`\`text
finish length 0
\`\`\`
`

describe('readFixture', () => {
  test('reads a page', () => {
    expect(readFixture(page)).toEqual({
      title: 'Name first',
      about: 'What models write most of the time.\nAnd more.',
      options: { finishReason: 'length', limits: { calls: 1 } },
      reply: '## Options\n```\ncode\n```\n',
      events: 'finish length 0',
    })
  })

  test('options may be left out, and a reply may be a JSON string or empty', () => {
    const short =
      '# A\n\nB.\n\n## Reply\n\n```json\n"a\\r\\ud83d "\n```\n\n## Events\n\n```\nfinish stop 0\n```\n'
    expect(readFixture(short.replaceAll('\n', '\r\n'))).toEqual(readFixture(short))
    expect(readFixture(short)).toMatchObject({ options: {}, reply: 'a\r\ud83d ', events: 'finish stop 0' })
    expect(readFixture(short.replace('json\n"a\\r\\ud83d "\n', 'text\n')).reply).toBe('')
    expect(readFixture(short.replace('json\n"a\\r\\ud83d "\n', 'text\n\n')).reply).toBe('')
    expect(readFixture(short.replace('json\n"a\\r\\ud83d "\n', 'text\n\n\n')).reply).toBe('\n')
  })

  test.each([
    ['no title', page.replace('# Name first', 'Name first'), 'title'],
    ['no prose', page.replace(/What[\s\S]*?more\.\n/, ''), 'what it shows'],
    ['an unknown section', page.replace('## Options', '## Option'), '"Option" is no section'],
    ['a section twice', page.replace('## Events', '## Reply'), '"Reply" is there twice'],
    ['no reply', page.replace(/## Reply[\s\S]*````\n\n/, ''), 'Reply is missing'],
    ['no events', page.slice(0, page.indexOf('## Events')), 'Events is missing'],
    [
      'a section without a block',
      page.replace('```text\nfinish length 0\n```', ''),
      'Events must be a fenced',
    ],
    ['an open block', page.slice(0, page.lastIndexOf('```')), 'Events has a block that is not closed'],
    ['text beside a block', `${page}\nMore.`, 'Events must be one block, no more'],
    ['options that are not JSON', page.replace('{ "fin', '{ fin'), 'Options is not valid JSON'],
    ['options that are no object', page.replace(/\{ "fin.*/, '[]'), 'Options must be a JSON object'],
    ['an unknown option', page.replace('finishReason', 'finish_reason'), 'Options has finish_reason'],
    [
      'a JSON reply that is no string',
      page.replace('````text', '````json').replace(/## Options\n```\ncode\n```\n\n/, '5\n'),
      'JSON string',
    ],
  ])('names what is wrong: %s', (_, text, message) => {
    expect(() => readFixture(text)).toThrow(message)
  })
})
