package holdfasttest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver named pgx
	"github.com/redis/go-redis/v9"
)

const (
	howToServe = "run the tests as: scripts/with-servers go test ./..."
	patience   = 30 * time.Second
	takenDBs   = "holdfasttest:databases taken" // a counter in Redis database 0
)

// PostgresURL makes a fresh, empty database on the server named in
// HOLDFAST_TEST_POSTGRES and returns its URL. The database is dropped, with
// whatever is still connected to it, when the test ends.
func PostgresURL(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("HOLDFAST_TEST_POSTGRES")
	if server == "" {
		Missing(tb, NeedPostgres, howToServe)
	}
	at, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("HOLDFAST_TEST_POSTGRES is not a URL: %v", err)
	}
	name := "holdfast_test_" + strings.ToLower(rand.Text())
	if err := onPostgres(server, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		tb.Fatalf("make a test database: %v", err)
	}
	tb.Cleanup(func() {
		if err := onPostgres(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("drop a test database: %v", err)
		}
	})
	at.Path = "/" + name
	return at.String()
}

// onPostgres runs one statement on a connection of its own.
func onPostgres(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := sql.Open("pgx", server)
	if err != nil {
		return fmt.Errorf("open %s: %w", server, err)
	}
	_, err = db.ExecContext(ctx, statement)
	if err != nil {
		err = fmt.Errorf("%s: %w", statement, err)
	}
	if closing := db.Close(); err == nil && closing != nil {
		err = fmt.Errorf("close %s: %w", server, closing)
	}
	return err
}

// RedisAddr returns the address of the server named in HOLDFAST_TEST_REDIS and
// the number of a database on it that this test has to itself. The database is
// emptied now and when the test ends. A test may empty its own (FLUSHDB),
// never the server (FLUSHALL): others are using it.
func RedisAddr(tb testing.TB) (addr string, db int) {
	tb.Helper()
	addr = os.Getenv("HOLDFAST_TEST_REDIS")
	if addr == "" {
		Missing(tb, NeedRedis, howToServe)
	}
	db, err := takeRedisDB(addr)
	if err != nil {
		tb.Fatalf("take a Redis database: %v", err)
	}
	if err := emptyRedisDB(addr, db); err != nil {
		tb.Fatalf("empty a Redis database: %v", err)
	}
	tb.Cleanup(func() {
		if err := emptyRedisDB(addr, db); err != nil {
			tb.Errorf("empty a Redis database: %v", err)
		}
	})
	return addr, db
}

// takeRedisDB deals out the databases 1, 2, … of a server in turn, to all test
// processes alike. With as many databases as with-servers gives (1024), the
// first test of a number has long ended when its turn comes again.
func takeRedisDB(addr string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	has, err := client.ConfigGet(ctx, "databases").Result()
	if err != nil {
		return 0, fmt.Errorf("ask %s how many databases it has: %w", addr, err)
	}
	n, err := strconv.ParseInt(has["databases"], 10, 64)
	if err != nil || n < 2 {
		return 0, fmt.Errorf("%s has %q databases; tests need at least 2", addr, has["databases"])
	}
	turn, err := client.Incr(ctx, takenDBs).Result()
	if err != nil {
		return 0, fmt.Errorf("take a number at %s: %w", addr, err)
	}
	return int(1 + (turn-1)%(n-1)), nil
}

func emptyRedisDB(addr string, db int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: addr, DB: db})
	defer client.Close()
	if err := client.FlushDB(ctx).Err(); err != nil {
		return fmt.Errorf("empty database %d of %s: %w", db, addr, err)
	}
	return nil
}
