import { expect, test } from 'vitest'
import { compileTemplate } from '../../build/handlebars.js'

/** Renders a template the way an app's bundle does: as a module. */
async function render(source: string, view: object): Promise<string> {
  const module = await import(`data:text/javascript,${encodeURIComponent(compileTemplate(source))}`)
  return module.default(view)
}

test.each<[source: string, view: object, text: string]>([
  ['', {}, ''],
  ['a\\b "c" `$d` <e>\u2028', {}, 'a\\b "c" `$d` <e>\u2028'],
  ['{{this.a}}{{! a brace }}}', { a: '<b> {{this.c}} & "' }, '<b> {{this.c}} & "}'],
  [
    '{{#each this.all}}{{#if @first}}({{/if}}{{this.x}}{{#unless @last}}, {{else}}){{/unless}}{{/each}}',
    { all: [{ x: 1 }, { x: 2 }] },
    '(1, 2)',
  ],
  ['{{#if this.a}}yes{{else}}no{{/if}}', { a: '' }, 'no'],
  ['end{{! the text ends here ~}}\n', {}, 'end'],
])('%j', async (source, view, text) => {
  expect(await render(source, view)).toBe(text)
})

test('a field that the view does not have is an error', async () => {
  await expect(render('{{this.a}}', {})).rejects.toThrow('no value for one of its fields')
})

test.each([
  '{{#with this.a}}{{/with}}',
  '{{upper this.a}}',
  '{{> part}}',
  '{{../a}}',
  '{{@index}}',
  'a\n{{#if this.a this.b}}{{/if}}',
])('what templates here do not use fails the build: %s', (source) => {
  expect(() => compileTemplate(source)).toThrow(
    /^line \d of a template has a \w+ that templates here do not use/,
  )
})
