package access

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"holdfast/internal/fault"
)

// Role is what a member of staff is here for. Each has exactly one.
type Role string

// The roles.
const (
	Agent    Role = "agent"    // works tasks
	Lead     Role = "lead"     // looks after a team's work
	Manager  Role = "manager"  // reviews risk lists
	Senior   Role = "senior"   // calls long-standing customers by name
	Operator Role = "operator" // looks after the nights
	Analyst  Role = "analyst"  // numbers, models and lists, without who the customers are
	Admin    Role = "admin"    // all of that, and the users; never an arm
	Auditor  Role = "auditor"  // the only one who may read arms
)

// Roles lists all of them.
var Roles = []Role{Agent, Lead, Manager, Senior, Operator, Analyst, Admin, Auditor}

// User is a member of staff. A customer is never a user.
type User struct {
	Name         string // signs in with it; lower case
	FullName     string
	Role         Role
	PasswordHash string   // argon2id
	Epoch        int64    // raised when every session of the user must end
	Skills       []string // trained for (R5)
	Languages    []string // spoken beside the business's own
	CeilingMinor int64    // the dearest offer they may grant, minor units
	Signs        []string // signatories they are, or stand in for
	Segments     []string // of customers they see in lists and files; none means all
	Absent       bool     // not on duty: promises of theirs go to others
	Disabled     bool     // may not sign in
	Created      time.Time
	SignedIn     time.Time // last; zero never
}

// Shown is the name for people to read.
func (u User) Shown() string {
	if u.FullName != "" {
		return u.FullName
	}
	return u.Name
}

// Sees says whether customers of a segment are among those the user sees.
func (u User) Sees(segment string) bool {
	return len(u.Segments) == 0 || (segment != "" && slices.Contains(u.Segments, segment))
}

// nameBytes bounds what is typed as a name.
const nameBytes = 80

// CleanName brings a sign-in name into the form in which it is kept.
func CleanName(name string) string {
	return strings.ToLower(strings.TrimSpace(strings.ToValidUTF8(name, "")))
}

// Validate says what is wrong with a user, naming the field.
func (u User) Validate() error {
	switch {
	case u.Name == "" || len(u.Name) > nameBytes || u.Name != CleanName(u.Name) || strings.ContainsFunc(u.Name, notInName):
		return fault.New(fault.Invalid, "the sign-in name %q cannot be used: write lower-case letters, digits, dots, dashes or @, at most %d", u.Name, nameBytes)
	case utf8.RuneCountInString(u.FullName) > 120:
		return fault.New(fault.Invalid, "the full name is longer than 120 letters: shorten it")
	case !slices.Contains(Roles, u.Role):
		return fault.New(fault.Invalid, "there is no role %q: choose one of %v", u.Role, Roles)
	case u.PasswordHash == "":
		return fault.New(fault.Invalid, "%s has no password", u.Name)
	case u.CeilingMinor < 0:
		return fault.New(fault.Invalid, "the ceiling of offers cannot be negative")
	}
	return nil
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_@+", r)
}
