export type { ColumnChoice, CsvColumn, CsvColumns } from './csv-columns.ts';
export { type CsvSourceOptions, csvSource, type OpenCsv, openCsv } from './csv-source.ts';
export type { TimeFormat } from './time-format.ts';
