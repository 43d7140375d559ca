const idCharacters = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Five characters of each random number: `toString(36)` of a fraction costs as much as reading a short call. */
export function randomId(): string {
  let id = 'call_'
  for (let i = 0; i < 5; i++) {
    let number = Math.floor(Math.random() * 36 ** 5)
    // The last number has one character less.
    for (let n = i === 4 ? 4 : 5; n > 0; n--) {
      id += idCharacters.charAt(number % 36)
      number = Math.floor(number / 36)
    }
  }
  return id
}
