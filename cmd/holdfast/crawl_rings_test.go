package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	cardAt  = regexp.MustCompile(`action="(/tasks/\d+)/save"`)
	fenceOf = regexp.MustCompile(`name="fence" value="(\d+)"`)
)

// ring lets everybody compared contact us, twice: an agent reads the card of
// who rings and wraps it up, which closes whatever was open for them, a ghost's
// task too; and their token opens the card of who wrote. The file is read again
// afterwards, by who may.
func (c *crawl) ring(t *testing.T, server *httptest.Server, secret string) {
	t.Helper()
	browsers := map[string]*http.Client{}
	at := &running{address: strings.TrimPrefix(server.URL, "http://")}
	for _, role := range []string{"agent", "manager"} {
		browsers[role] = visitor(t)
		if code, _ := signIn(t, browsers[role], at, role+".one", crawlPassword); code != 200 {
			t.Fatalf("%s cannot sign in: %d", role, code)
		}
	}
	post := func(path string, form url.Values) string {
		answer, err := browsers["agent"].PostForm(server.URL+path, form)
		if err != nil {
			t.Fatal(err)
		}
		code, text := read(t, answer)
		if code != 200 {
			t.Fatalf("POST %s: %d\n%.500s", path, code, text)
		}
		return text
	}
	var ids []string
	for id, key := range c.ids {
		if _, ok := c.held[key]; ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		card := post("/inbound", url.Values{"customer": {id}, "channel": {"phone"}})
		path, fence := cardAt.FindStringSubmatch(card), fenceOf.FindStringSubmatch(card)
		if path == nil || fence == nil {
			t.Fatalf("no card is open for %s: %.500s", id, card)
		}
		c.note(c.ids[id], "agent POST /inbound", card)
		_, live := get(t, browsers["agent"], at, path[1]+"/live")
		c.note(c.ids[id], "agent the open card", live)
		c.note(c.ids[id], "agent POST save", post(path[1]+"/save", url.Values{
			"fence": {fence[1]}, "disposition": {"no_risk_found"}, "then": {"desk"},
		}))
		_, again := get(t, browsers["agent"], at, path[1])
		c.note(c.ids[id], "agent the card saved", again)
	}
	c.clock.Set(c.clock.Now().Add(time.Hour))
	for _, id := range ids {
		c.note(c.ids[id], "agent token POST /inbound", c.wrote(t, server, secret, id))
		for role, browser := range browsers {
			_, text := get(t, browser, at, "/customers/"+id)
			c.note(c.ids[id], role+" the file after they rang", text)
		}
	}
}

// wrote opens the card of a customer who wrote, by the API.
func (c *crawl) wrote(t *testing.T, server *httptest.Server, secret, id string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"customer": json.Number(id), "channel": "email"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/v1/inbound", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprint("wrote ", id))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	code, text := read(t, answer)
	if code != 200 {
		t.Fatalf("POST /api/v1/inbound of %s: %d %s", id, code, text)
	}
	return text
}
