// Package config reads, defaults and checks the one configuration file.
//
// What: a Config made of each package's own Config, decoded strictly, with
// file, line and column in every refusal. Why: one file says what the business
// is and what may be done; whoever breaks it must be told where. Rejected:
// settings in the database (they cannot be reviewed or versioned with the
// rest), environment overrides of everything (nobody can tell what holds), and
// configuration libraries that merge sources. Secrets come from the environment
// only.
package config
