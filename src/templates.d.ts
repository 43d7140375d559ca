/** A prompt from `templates/`, precompiled by `build/handlebars.ts`. */
declare module '*.hbs' {
  const render: (view: object) => string
  export default render
}
