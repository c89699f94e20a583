package access

import (
	"fmt"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"holdfast/internal/fault"
)

// Bounds of a password. There are no rules of composition: NIST SP 800-63B
// advises against them.
const (
	MinPassword = 10   // characters
	maxPassword = 1000 // bytes: hashing must not be made expensive
)

// cost is what OWASP's Password Storage Cheat Sheet asks of argon2id at least:
// 19 MiB, two passes, one lane.
var cost = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword checks a new password and returns its argon2id hash.
func HashPassword(password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < MinPassword {
		return "", fault.New(fault.Invalid, "the password has %d characters: give at least %d; a few words in a row are good", n, MinPassword)
	}
	if len(password) > maxPassword {
		return "", fault.New(fault.Invalid, "the password is longer than %d bytes: shorten it", maxPassword)
	}
	hash, err := argon2id.CreateHash(password, cost)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return hash, nil
}

// nobody is a hash that no password has, so that an unknown name takes as long
// as a wrong password.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func matches(password, hash string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare the password: %w", err)
	}
	return ok, nil
}
