package channels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// File writes each message to one file whose name is the hash of its
// idempotency key: the same message twice is one file.
type File struct{ Folder string }

// Repeatable is true: the file's name is the idempotency key.
func (File) Repeatable() bool { return true }

// Send writes the file whole or not at all: under another name first, then
// linked to its own.
func (f File) Send(_ context.Context, m interventions.Message) (string, error) {
	name := f.name(m.IdempotencyKey)
	text, err := encode(m)
	if err != nil {
		return "", fmt.Errorf("encode message %d: %w", m.ID, err)
	}
	if err := os.MkdirAll(f.Folder, 0o750); err != nil {
		return "", fault.New(fault.Unavailable, "make the folder for messages: %w", err)
	}
	tmp, err := os.CreateTemp(f.Folder, ".message-*")
	if err != nil {
		return "", fault.New(fault.Unavailable, "write a message to %s: %w", f.Folder, err)
	}
	err = fill(tmp, text)
	if err == nil {
		err = os.Link(tmp.Name(), name)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil // it was written by an earlier try
	}
	if e := os.Remove(tmp.Name()); err == nil {
		err = e
	}
	if err == nil {
		err = settle(f.Folder)
	}
	if err != nil {
		return "", fault.New(fault.Unavailable, "write a message to %s: %w", f.Folder, err)
	}
	return filepath.Base(name), nil
}

func (f File) name(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(f.Folder, hex.EncodeToString(sum[:12])+".json")
}

// Forget deletes the file of a message if nobody has fetched it, and says
// whether it was there.
func (f File) Forget(key string) (bool, error) {
	err := os.Remove(f.name(key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault.New(fault.Unavailable, "delete the file of a message: %w", err)
	}
	return true, nil
}

// settle makes the folder's new name survive a power cut.
func settle(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func fill(f *os.File, text []byte) error {
	_, err := f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
