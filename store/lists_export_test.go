package store

import "testing"

// Damage flips a byte in the first row of a table that has one.
func Damage(t *testing.T, s *Store, table, column string) {
	t.Helper()
	err := s.write(t.Context(), small, "damage", func(t *tx) error {
		var payload []byte
		if err := t.get(&payload, `SELECT `+column+` FROM `+table+` LIMIT 1`); err != nil {
			return err
		}
		payload[len(payload)/2] ^= 1
		_, err := t.exec(`UPDATE `+table+` SET `+column+` = ?`, payload)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
