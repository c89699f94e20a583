// Package web serves the agents' desk, the managers' pages, the operator's page
// and the REST API.
//
// What: pages made on the server from plain structs, forms that post and
// redirect, one style sheet, one small script for keys and drafts.
// Why: every page works without JavaScript, opens at once, and shows nobody
// more than access allows; no page can tell an arm. Rejected: a single-page
// application (a build step and third-party code for forms and tables) and
// generated templates (html/template escapes by context on its own).
package web
