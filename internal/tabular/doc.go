// Package tabular reads CSV and Parquet into typed columns, with the place of every error.
//
// What: files become blocks of raw cells, and typed parsers turn cells into
// numbers, minor units and instants without allocating; ReadTable makes a whole
// file one table of columns whose types it finds in the cells.
// Why: a feed of tens of millions of rows must be read at the speed of the
// disk, and one bad cell must be found again by file, line and column.
// Rejected: encoding/csv (a string for every cell, no byte places, one core),
// structs per Parquet row (an eighth of the speed) and guessing separators or
// encodings (a wrong guess about money is worse than a question).
package tabular
