// Package migrations holds the schema as numbered SQL and applies what a
// database has not had.
//
// What: one embedded set of SQL files for SQLite and Postgres; where the two
// must differ, NNNN_name.sqlite.sql and NNNN_name.postgres.sql stand side by
// side. Why: one number means one schema, whatever the database, and a backup
// of one kind can be restored into the other. Rejected: a schema made by code
// (nobody can read it), down migrations (a night that ran cannot be un-run;
// restore the backup), and foreign keys between partitions, which would make
// every bulk write look up what it already knows.
package migrations
