/** What codegen says of an operation: its trusted id, and the types only the compiler sees. */
export interface Document<Data, Variables> {
  id: string;
  readonly data?: Data;
  readonly variables?: Variables;
}

export interface LiveDocument<Data, Variables> extends Document<Data, Variables> {
  text: string;
}
