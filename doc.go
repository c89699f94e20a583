// Package holdfast is the root of the module; the tests beside this file keep
// the tree as docs/architecture.md describes it.
//
// What: no code, only tests that read every Go file below. Why: a rule that
// nothing enforces is gone within a month. Rejected: build tags and internal
// folders for each rule, which say where a package is, not what it may know;
// linters alone, which do not run where only Go is installed.
package holdfast
