// Command holdfast is the program.
//
// What: a list of constructions and subcommands. Why: what runs must be
// readable in one place, and a test must be able to start all of it on port 0
// in a temporary folder. Rejected: one binary per role, which would multiply
// what an operator installs, and flags that repeat the configuration file.
//
// # Two processes and one embedded database
//
// One process owns a SQLite file (its lock file says which, and what it does).
// Any other only reads, and writes one thing: a row of jobs, in one short
// transaction that waits its turn at the file. So a command that changes
// something takes the lock and works itself, waits while another command has
// it, or, while up (or a demo) owns the file, hands its own arguments over as a
// job of kind command. The owner runs that very command on its open database;
// what it prints, how far it is and its exit code go through two tables to the
// process that follows. A night that was started so is followed in its own
// tables. Rejected: a socket beside the lock file, which is a second protocol
// with a second set of failures, while jobs survive a kill of either side.
package main
