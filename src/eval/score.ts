import { isFields } from '../fields.js'
import type { ExpectedCall } from './entry.js'
import { Float, isAccepted } from './values.js'

/**
 * A call as a reader gave it.
 *
 * @example { name: 'add', arguments: parseValue('{"a": 1}') }
 */
export interface ReadCall {
  name: string
  /** As `parseValue` gives them; `JSON.parse` will do where `5.0` may count as an integer. */
  arguments: unknown
}

/**
 * How the calls of one reply compare with the expected ones.
 *
 * @example { decoded: true, tool: true, parameters: false, right: false, reasons: ['add: a is 2, accepted: 1'] }
 */
export interface Score {
  /** At least one call was read. */
  decoded: boolean
  /** The names are those of the expected calls, in any order: as many, and each as often. */
  tool: boolean
  /** For each expected call there is one of its own with that name and with accepted arguments. */
  parameters: boolean
  /** The calls are the expected ones, no more and no fewer. With none expected: none was read. */
  right: boolean
  /** Why it is not right, in words for a person. */
  reasons: string[]
}

/**
 * Compares the calls that were read from a reply with the expected ones.
 *
 * @example
 * const expected = [{ name: 'add', args: { a: [1] }, types: { a: 'integer' }, required: ['a'] }]
 * scoreCalls([{ name: 'add', arguments: { a: 2 } }], expected)
 * // { decoded: true, tool: true, parameters: false, right: false, reasons: ['add: a is 2, accepted: 1'] }
 */
export function scoreCalls(
  calls: readonly ReadCall[],
  expected: readonly ExpectedCall[],
  lang?: string,
): Score {
  const tool = sameNames(calls, expected)
  const unmatched = matchCalls(calls, expected, lang)
  const parameters = unmatched.length === 0
  const right = tool && parameters
  return {
    decoded: calls.length > 0,
    tool,
    parameters,
    right,
    reasons: right ? [] : reasonsOf(calls, expected, { tool, unmatched, lang }),
  }
}

function sameNames(calls: readonly ReadCall[], expected: readonly ExpectedCall[]): boolean {
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort()
  return JSON.stringify(names(calls)) === JSON.stringify(names(expected))
}

/**
 * Gives each expected call a call of its own, and returns those that are left without. An expected call that finds all
 * its calls taken may make another one move (an augmenting path), so that the order cannot matter.
 */
function matchCalls(
  calls: readonly ReadCall[],
  expected: readonly ExpectedCall[],
  lang: string | undefined,
): ExpectedCall[] {
  const fits = expected.map((one) => calls.map((call) => faultsOf(call, one, lang).length === 0))
  /** By call: the expected call that has it. */
  const takenBy = new Map<number, number>()

  function place(one: number, tried: Set<number>): boolean {
    for (const at of calls.keys()) {
      if (!fits[one]?.[at] || tried.has(at)) continue
      tried.add(at)
      const holder = takenBy.get(at)
      if (holder !== undefined && !place(holder, tried)) continue
      takenBy.set(at, one)
      return true
    }
    return false
  }
  return expected.filter((_, at) => !place(at, new Set()))
}

/** What is wrong with a call for an expected one. */
function faultsOf(call: ReadCall, expected: ExpectedCall, lang: string | undefined): string[] {
  if (call.name !== expected.name) return [`${call.name} is not ${expected.name}`]
  if (!isFields(call.arguments)) return [`${call.name}: the arguments are no object`]
  const given = new Map(Object.entries(call.arguments))
  const accepted = new Map(Object.entries(expected.args))
  const types = new Map(Object.entries(expected.types ?? {}))
  const faults: string[] = []
  for (const name of expected.required ?? []) if (!given.has(name)) faults.push(`${name} is missing`)
  for (const [name, values] of accepted) {
    const mayBeLeftOut = values.includes('') || expected.required?.includes(name)
    if (!mayBeLeftOut && !given.has(name)) faults.push(`${name} is missing`)
  }
  for (const [name, value] of given) {
    const values = accepted.get(name)
    if (values === undefined) faults.push(`${name} is not expected`)
    else if (!isAccepted(value, values, types.get(name), lang)) {
      faults.push(`${name} is ${show(value)}, accepted: ${values.map(show).join(' or ')}`)
    }
  }
  return faults.map((fault) => `${call.name}: ${fault}`)
}

function reasonsOf(
  calls: readonly ReadCall[],
  expected: readonly ExpectedCall[],
  { tool, unmatched, lang }: { tool: boolean; unmatched: readonly ExpectedCall[]; lang: string | undefined },
): string[] {
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).join(', ')
  if (expected.length === 0) return [`no call was expected: ${names(calls)}`]
  if (calls.length === 0) return [`no call was read, expected: ${names(expected)}`]
  const reasons = tool ? [] : [`called: ${names(calls)}; expected: ${names(expected)}`]
  for (const one of unmatched) {
    // The call that comes nearest tells most.
    const [nearest = []] = calls
      .filter(({ name }) => name === one.name)
      .map((call) => faultsOf(call, one, lang))
      .sort((a, b) => a.length - b.length)
    reasons.push(...(nearest.length > 0 || !tool ? nearest : [`${one.name}: no call is left for it`]))
  }
  return reasons
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_key, one: unknown) => (one instanceof Float ? one.value : one)) ?? 'undefined'
  )
}
