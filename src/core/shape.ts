/** The type of a value, as the shorthand of a crew file says it: `{ text: text, sources: [integer] }`. */
export type Shape =
  | { readonly is: 'text' | 'number' | 'integer' | 'boolean' | 'date' | 'url' }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'object'; readonly name: string | null; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly is: 'optional'; readonly of: Shape };
