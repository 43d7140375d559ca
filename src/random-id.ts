const characters = '0123456789abcdefghijklmnopqrstuvwxyz'
/** All pairs of them: an id is put together of half as many pieces. */
let pairs: string[] | undefined

/** `call_` and 24 random characters. `toString(36)` of a fraction costs as much as reading a short call. */
export function randomId(): string {
  pairs ??= Array.from(characters).flatMap((first) => Array.from(characters, (second) => first + second))
  let id = 'call_'
  for (let i = 0; i < 12; i++) id += pairs[Math.floor(Math.random() * pairs.length)]
  return id
}
