// Package catalogue holds what the pages say in other languages than English.
//
// What: one file per language, sorted, an English text on a line and its
// translation indented below it. A page's template stays plain English: when
// it is parsed for a language, every visible text in it (a sentence with its
// {{actions}} and inline tags, a title, a placeholder) is looked up as a whole
// and put in place, so that no text of a template can be forgotten. Texts made
// in Go are looked up by their format where they are made. Sentences that the
// nights write down stay English where they are kept, and are read back by
// their formats when a page shows them (Retell). What programs read is English
// always: column names of CSV, the API, codes of the audit, logs, metrics, the
// command line. A text without a translation stays English; tests refuse it.
// Why: whoever writes a page writes English and nothing else, and English is
// served from the templates as they stand, byte for byte. Rejected: a call
// around every text (noise in each template, and each may be forgotten), named
// keys (English out of sight of its page), golang.org/x/text/message (knows no
// templates, and would have those calls around every text).
package catalogue
