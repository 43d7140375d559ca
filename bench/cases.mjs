/**
 * The replies that are read. Each has a strict JSON spelling of the same content too, for the one `JSON.parse` that it is
 * compared with. Everything is generated the same way at each run; a MB is a million characters, all of them ASCII.
 */

/** Prose and source code in equal parts, as a model writes them into a file. */
const page = `## Release notes, part 7

The scheduler now keeps a queue for each worker, so a slow job no longer holds up the others. If you set
"maxQueue" yourself, please read the section on limits below; the default has gone from 64 to 256 entries.
Nothing changes for jobs that finish within their time limit, and the old names still work until version 12.

Thanks to everybody who tried the preview. The reports about lost wake-ups on small machines were right: a
timer could fire between the check and the sleep. It cannot any longer (see the drawing in docs/timers.md).

\`\`\`ts
export async function drain(queue: Queue<Job>, limit = 256): Promise<Report> {
  const failed: Job[] = []
  while (queue.length > 0) {
    const job = queue.shift()
    if (job === undefined || job.tries > limit) continue
    try {
      await run(job, { signal: AbortSignal.timeout(5000), name: "drain-7" })
    } catch (error) {
      failed.push({ ...job, tries: job.tries + 1, reason: String(error) })
    }
  }
  return { failed, total: failed.length, note: failed.length ? "again" : "done" }
}
\`\`\`

<p class="note">The table shows medians of five runs on the same machine.</p>

`

const sentence =
  "The weather in Paris is mild today, about 18 degrees with a light wind from the west. I'd take a jacket for the\n" +
  'evening, since it cools down quickly by the river. Tomorrow looks much the same, if a little cloudier (70 %).\n\n'

/** Text of at least `length` characters, numbered so that no two pages are alike. */
function repeat(text, length) {
  const pieces = []
  let total = 0
  for (let n = 1; total < length; n++) {
    const piece = text.replaceAll('7', String(n))
    pieces.push(piece)
    total += piece.length
  }
  return pieces.join('')
}

/** Its JSON spelling has about `length` characters. */
function documentOf(length) {
  const share = page.length / JSON.stringify(page).length
  return repeat(page, Math.round(length * share)).slice(0, Math.round(length * share))
}

const block = (body) => `<tool_call>\n${body}\n</tool_call>`
const envelope = (name, args) => `{"name": "${name}", "arguments": ${args}}`

export const tools = [
  {
    type: 'function',
    function: {
      name: 'write_file',
      description: 'Writes a file',
      parameters: {
        type: 'object',
        properties: { path: { type: 'string' }, content: { type: 'string' } },
        required: ['path', 'content'],
      },
    },
  },
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a city',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' } },
        required: ['city'],
      },
    },
  },
  {
    type: 'function',
    function: {
      name: 'plot',
      description: 'Plots numbers',
      parameters: {
        type: 'object',
        properties: { values: { type: 'array', items: { type: 'number' } } },
        required: ['values'],
      },
    },
  },
]

/** What a reader must deliver: how many calls, and how many characters of text and of argument text. */
const delivers = (calls, characters) => ({ calls, characters })

function argument(length) {
  const args = `{"path": "notes.md", "content": ${JSON.stringify(documentOf(length))}}`
  const body = envelope('write_file', args)
  return { text: block(body), json: body, expected: delivers(1, args.length) }
}

function prose(length) {
  const text = repeat(sentence, length).trim()
  return { text, json: JSON.stringify(text), expected: delivers(0, text.length) }
}

function smallCalls(count) {
  const bodies = []
  let characters = 0
  for (let n = 0; n < count; n++) {
    const args = `{"city": "Springfield ${n}", "days": ${(n % 7) + 1}}`
    characters += args.length
    bodies.push(envelope('get_weather', args))
  }
  return {
    text: bodies.map(block).join('\n'),
    json: `[${bodies.join(', ')}]`,
    expected: delivers(count, characters),
  }
}

/** A Python dictionary with the arguments first, so that they are held until the name comes. */
function singleQuotes(length) {
  const content = documentOf(length)
  const inside = JSON.stringify(content).slice(1, -1)
  const python = inside.replaceAll('\\"', '"').replaceAll("'", "\\'")
  const args = `{"path": "notes.md", "content": "${inside}"}`
  return {
    text: block(`{'arguments': {'path': 'notes.md', 'content': '${python}'}, 'name': 'write_file'}`),
    json: envelope('write_file', args),
    expected: delivers(1, args.length),
  }
}

/** The quotes inside the string are not escaped. */
function innerQuotes(length) {
  const inside = JSON.stringify(documentOf(length)).slice(1, -1)
  const open = '{"path": "notes.md", "content": "'
  const args = `${open}${inside}"}`
  return {
    text: block(envelope('write_file', `${open}${inside.replaceAll('\\"', '"')}"}`)),
    json: envelope('write_file', args),
    expected: delivers(1, args.length),
  }
}

function numbers(length) {
  const values = []
  let total = 0
  for (let n = 0; total < length; n++) {
    const value = n % 3 === 0 ? String(n * 7) : n % 3 === 1 ? (n * 0.37).toFixed(3) : `-${n}.5e-3`
    values.push(value)
    total += value.length + 2
  }
  const args = `{"values": [${values.join(', ')}]}`
  const body = envelope('plot', args)
  return { text: block(body), json: body, expected: delivers(1, args.length) }
}

const sizes = { '10KB': 1e4, '100KB': 1e5, '1MB': 1e6, '4MB': 4e6, '10MB': 1e7, '16MB': 16e6 }

function cases(family, make, names, chunk, quick) {
  return names.map((size) => ({
    id: `${family}-${size}/${chunk}`,
    /** Cases of one family and chunk size grow; a peer that was cut off is not asked for larger ones. */
    family: `${family}/${chunk}`,
    quick: quick.includes(size),
    chunk,
    make: () => make(sizes[size] ?? Number(size)),
  }))
}

export const allCases = [
  ...cases('argument', argument, ['10KB', '100KB', '1MB', '4MB', '16MB'], 4, ['1MB', '4MB']),
  ...cases('argument', argument, ['10KB', '100KB', '1MB', '4MB', '16MB'], 64, []),
  ...cases('prose', prose, ['1MB', '10MB'], 4, ['1MB']),
  ...cases('calls', smallCalls, ['1000'], 4, ['1000']),
  ...cases('single-quotes', singleQuotes, ['1MB', '4MB'], 4, ['1MB']),
  ...cases('inner-quotes', innerQuotes, ['1MB'], 4, []),
  ...cases('numbers', numbers, ['1MB'], 4, ['1MB']),
]

/** Cut as a model's tokens come: flat strings of their own, not views of one long string. */
export function cut(text, size) {
  const bytes = Buffer.from(text, 'latin1')
  const chunks = []
  for (let at = 0; at < bytes.length; at += size)
    chunks.push(bytes.latin1Slice(at, Math.min(at + size, bytes.length)))
  return chunks
}
