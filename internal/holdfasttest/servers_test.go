package holdfasttest_test

import (
	"database/sql"
	"testing"

	"github.com/redis/go-redis/v9"

	"holdfast/internal/holdfasttest"
)

func TestPostgresDatabasesAreFreshAndDropped(t *testing.T) {
	t.Parallel()
	count := func(url, query string, args ...any) (n int) {
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	watching := holdfasttest.PostgresURL(t)
	var name string
	t.Run("use", func(t *testing.T) {
		one, two := holdfasttest.PostgresURL(t), holdfasttest.PostgresURL(t)
		if one == two {
			t.Fatalf("the same database twice: %s", one)
		}
		db, err := sql.Open("pgx", one)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE kept (n INT)"); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
			t.Fatal(err)
		}
		if n := count(two, "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'"); n != 0 {
			t.Error("one test's table is in another test's database")
		}
	})
	if n := count(watching, "SELECT count(*) FROM pg_database WHERE datname = $1", name); n != 0 {
		t.Errorf("%s is still there after its test", name)
	}
}

func TestRedisDatabasesAreOwnAndEmptied(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var addr string
	var used int
	t.Run("use", func(t *testing.T) {
		var other int
		addr, used = holdfasttest.RedisAddr(t)
		if _, other = holdfasttest.RedisAddr(t); used == other || used == 0 || other == 0 {
			t.Fatalf("databases %d and %d, want two of their own, neither 0", used, other)
		}
		client := redis.NewClient(&redis.Options{Addr: addr, DB: used})
		t.Cleanup(func() { client.Close() })
		if err := client.Set(ctx, "left", "over", 0).Err(); err != nil {
			t.Fatal(err)
		}
	})
	client := redis.NewClient(&redis.Options{Addr: addr, DB: used})
	defer client.Close()
	if n, err := client.DBSize(ctx).Result(); err != nil || n != 0 {
		t.Errorf("database %d holds %d keys after its test, %v", used, n, err)
	}
}
