/**
 * The inside view of an object whose fields its users only read. Plain fields, because V8 gives an object literal with
 * accessors a shape of its own each time: one reader after another, and reading the accessors is three times slower.
 */
export type Writable<T> = { -readonly [Field in keyof T]: T[Field] }
