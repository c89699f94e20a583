package store

import "context"

// SettingOnce returns the setting of that name, after storing the value given
// where there was none. Concurrent callers get the same answer.
func (s *Store) SettingOnce(ctx context.Context, name, value string) (string, error) {
	err := s.write(ctx, small, "fix the setting "+name, func(t *tx) error {
		_, err := t.exec(`INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, value)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.Setting(ctx, name)
}
