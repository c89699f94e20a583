// Package access says who is at the desk and what they may see.
//
// What: staff (User) with one role each, their passwords, the table of what a
// role may do, the throttle on failed sign-ins, and the entries of the audit.
// Why: whether somebody may is asked in one place and read as one table; the
// pages only ask. Rejected: a policy engine (eight roles need none), locking an
// account after failed sign-ins (anybody could lock anybody out), and rules of
// composition for passwords (length is what helps).
package access
