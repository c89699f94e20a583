// Package channels delivers one message once: e-mail, webhook, letter file.
//
// What: carriers that hand one rendered message to the outside, and Deliverer,
// which runs the gates again, writes down that it is about to call, calls, and
// writes down how it ended. Why: a message must never leave twice, and a crash
// between call and answer must not be guessed away. Rejected: retrying every
// unclear call (some receivers do not de-duplicate), and sending inside the
// transaction that decides (it would be open for as long as the network likes).
package channels
