import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import pc from 'picocolors'
import {
  type BaselineName,
  baselineNames,
  type EvalEntry,
  evaluate,
  type LineProblem,
  readEntries,
} from '../../eval/index.js'
import { type CallPolicy, withCallPolicy } from '../call-policy.js'
import { fileReason } from '../reason.js'
import { screenColumns } from '../terminal-text.js'

interface Options extends CallPolicy {
  dialect?: string
  against?: BaselineName[]
  categories?: string[]
  failed?: string
  json?: boolean
}

type Problem = LineProblem & { file: string }

/** `toolshim eval`: scores recorded replies. Wrong usage ends with status 2, a line that is no entry with 1. */
export function evalCommand(dialectOption: Option): Command {
  const command = new Command('eval')
    .description('Scores recorded replies against the calls that were expected.')
    .argument('<file...>', 'recorded replies, as JSON lines')
    .addOption(dialectOption)
  return withCallPolicy(command)
    .addOption(
      new Option(
        '--against <names>',
        `plain readers on the same replies, with commas: ${baselineNames.join(', ')}`,
      ).argParser(readAgainst),
    )
    .addOption(
      new Option('--categories <names>', 'only entries of these categories, with commas').argParser(
        readNames,
      ),
    )
    .option('--failed <file>', 'write the entries that were not right to this file')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
A line:  {"id","raw","expected"} and optionally "tools","format","category",
         "lang","finish_reason"
         expected: [{"name","args":{parameter:[accepted values]},"types",
         "required"}]; none where no call should be made

Exit status: 0, 1 when a line is not valid (the others are scored all the
same), 2 for wrong usage.

Example:
  $ toolshim eval replies.jsonl --dialect qwen3 --against regex,jsonrepair`,
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(run)
}

async function run(files: string[], options: Options, command: Command): Promise<void> {
  const { failed, json, ...evalOptions } = options
  const entries: EvalEntry[] = []
  const problems: Problem[] = []
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) =>
      command.error(`error: ${fileReason(file, error)}`),
    )
    const read = readEntries(text, { dialect: options.dialect })
    for (const entry of read.entries) entries.push(entry)
    for (const problem of read.problems) problems.push({ file, ...problem })
  }
  for (const { file, line, message } of problems) process.stderr.write(`${file}:${line}: ${message}\n`)
  if (entries.length === 0 && problems.length === 0)
    process.stderr.write(`no entries in ${files.join(', ')}\n`)
  refuseUnknownCategories(entries, options.categories, command)

  // Only here, so that the other commands start without them.
  const [{ startProgress }, { formatReport }] = await Promise.all([
    import('./progress.js'),
    import('./report-text.js'),
  ])
  const progress = startProgress(process.stderr)
  const report = evaluate(entries, { ...evalOptions, onProgress: progress.update })
  progress.stop()

  if (failed !== undefined) {
    const lines = report.failed.map((one) => `${JSON.stringify(one)}\n`)
    await writeFile(failed, lines.join('')).catch((error: unknown) =>
      command.error(`error: --failed: ${fileReason(failed, error)}`),
    )
  }
  const columns = screenColumns(process.stdout, process.env)
  const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported)
  process.stdout.write(
    json ? `${JSON.stringify({ ...report, problems }, null, 2)}\n` : formatReport(report, colors, columns),
  )
  if (problems.length > 0) process.exitCode = 1
}

/** A table of nothing, for a name with a slip in it, would look like a result. */
function refuseUnknownCategories(
  entries: readonly EvalEntry[],
  names: readonly string[] | undefined,
  command: Command,
): void {
  const known = new Set(entries.map(({ category = 'all' }) => category))
  const unknown = names?.filter((name) => !known.has(name)) ?? []
  if (unknown.length === 0) return
  const there = [...known].join(', ') || 'none'
  command.error(`error: --categories: no entry is of ${unknown.join(', ')}; there are ${there}`)
}

function readNames(value: string): string[] {
  const names = value.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between them.')
  return names
}

function readAgainst(value: string): BaselineName[] {
  return readNames(value).map((name) => {
    const found = baselineNames.find((known) => known === name)
    if (found === undefined) throw new InvalidArgumentError(`Allowed are ${baselineNames.join(', ')}.`)
    return found
  })
}
