import { InvalidArgumentError } from 'commander'
import { type Fields, isFields } from '../../fields.js'

// What the texts behind options mean. Each throws commander's own error, which names the option.

/** The longest that a timer of Node's can wait, some 24 days; asked for longer, it fires at once. */
const mostSeconds = (2 ** 31 - 1) / 1000

export function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  throw new InvalidArgumentError('give a number from 0 to 65535.')
}

export function readMilliseconds(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('give milliseconds, a whole number.')
}

export function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('give a whole number; 0 keeps none.')
}

export function readSeconds(text: string): number {
  const seconds = readAmount(text, 'seconds')
  if (seconds > mostSeconds)
    throw new InvalidArgumentError(`give seconds, at most ${Math.floor(mostSeconds)}.`)
  // Timers take whole milliseconds.
  return Math.ceil(seconds * 1000) / 1000
}

/** As browsers send them, without a path or a last slash: any other would never be met. */
export function readOrigins(text: string): string[] {
  const origins = text.split(',').map((item) => item.trim())
  const wrong = origins.find((item) => item !== '*' && item !== 'null' && originOf(item) !== item)
  if (wrong === undefined) return origins
  throw new InvalidArgumentError(
    `${wrong} is no origin: give ${originOf(wrong) ?? 'https://a.example, or *'}.`,
  )
}

function originOf(text: string): string | undefined {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null'
  return origin === 'null' ? undefined : origin
}

export function readMebibytes(text: string): number {
  return readAmount(text, 'mebibytes')
}

function readAmount(text: string, unit: string): number {
  const amount = Number(text)
  if (text.trim() !== '' && amount > 0 && Number.isFinite(amount)) return amount
  throw new InvalidArgumentError(`give ${unit}, a number above 0.`)
}

export function readFields(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (isFields(value)) return value
  throw new InvalidArgumentError('give a JSON object.')
}
