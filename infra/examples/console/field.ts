/**
 * What a form is made of.
 */
import type { Schema } from './schema.ts'

/** What a form needs to know besides the schema. */
export interface FormOptions {
  /** A schema without references. */
  resolve(schema: Schema): Schema
  /** Names to choose from for a field such as `vaultRef`. */
  namesFor(field: string): readonly string[]
}

/** A field of a form. */
export interface Field {
  readonly element: HTMLElement
  /** Its value; `undefined` if nothing was entered. */
  read(): unknown
  /**
   * Shows an error at the field, or at the one within it that a path leads to.
   * @returns What gets the focus; `undefined` if the field cannot show it
   */
  fail(path: readonly string[], text: string): HTMLElement | undefined
  /** Forgets all errors. */
  clear(): void
}

/** What a field is made of. */
export interface FieldParts {
  /** Without reference. */
  readonly schema: Schema
  /** Name of the property. */
  readonly label: string
  readonly isRequired: boolean
  readonly options: FormOptions
  /** Makes a field within this one. */
  make(schema: Schema, label: string, isRequired: boolean, options: FormOptions): Field
}
