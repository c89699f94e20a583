package holdfast_test

import (
	"go/ast"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"holdfast/access"
)

// ofCustomers are the kinds of audit entries that an operator does not read:
// they name a customer or say what somebody looked for, or concern a person's
// absence.
var ofCustomers = map[string]bool{
	"ask for an offer": true, "approve an offer": true, "decline an offer": true, "ask for work": true, "ask for work, overriding arms": true,
	"erase a person": true, "export a person's data": true, "export contact by group": true, "export how agents compare": true, "export decisions": true,
	"export the audit": true, "export the history": true, "export the risk list": true, "mark absent": true, "mark back": true,
	"open the card of a customer who rings": true, "read a customer's file": true, "read arms": true, "reassign promises": true,
	"leave alone": true, "end leaving alone": true, "assign an owner": true, "take returned mail": true, "give up an address": true,
	"search customers": true, "try a policy": true, "unsubscribe": true,
}

// newerKinds are younger than the migration that sorted the entries of before.
var newerKinds = map[string]bool{"a list is late": true, "settle a job": true}

// TestEveryAuditEntryIsOfOperationOrNot holds that whoever writes a new kind of
// entry says whether operators read it, that what they read is really written,
// and that the migration which sorted the entries of before knows the same.
func TestEveryAuditEntryIsOfOperationOrNot(t *testing.T) {
	t.Parallel()
	written, said := map[string]bool{}, map[string]bool{}
	for _, f := range tree(t) {
		if f.test || f.path == "access/operation.go" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					said[literal(n)] = true
				}
			case *ast.CompositeLit:
				if kind := entryKind(n); kind != "" {
					written[kind] = true
				}
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 2 && (fn.Sel.Name == "note" || strings.HasPrefix(fn.Sel.Name, "audit")) {
					for _, a := range n.Args[1 : len(n.Args)-1] {
						if l, ok := a.(*ast.BasicLit); ok && l.Kind == token.STRING && literal(l) != "" && literal(l) != "system" {
							written[literal(l)] = true
							break
						}
					}
				}
			}
			return true
		})
	}
	if len(written) < 20 {
		t.Fatalf("only %d calls that write the audit were found", len(written))
	}
	for kind := range written {
		if access.Entry.OfOperation(access.Entry{What: kind}) == ofCustomers[kind] {
			t.Errorf("an entry %q: do operators read it (access/operation.go), or does it concern a customer (ofCustomers)? One of the two.", kind)
		}
	}
	sql, err := os.ReadFile("migrations/0121_audit_operation.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range access.OperationKinds() {
		if !said[kind] {
			t.Errorf("nothing writes an entry %q", kind)
		}
		if !strings.Contains(string(sql), "'"+kind+"'") && !newerKinds[kind] {
			t.Errorf("entries %q that were written before are not sorted by the migration", kind)
		}
	}
}

// entryKind is the kind that an access.Entry is made with, empty for another
// literal or where it is not said there.
func entryKind(lit *ast.CompositeLit) string {
	name, _ := lit.Type.(*ast.Ident)
	if of, ok := lit.Type.(*ast.SelectorExpr); ok {
		name = of.Sel
	}
	if name == nil || name.Name != "Entry" {
		return ""
	}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok || kv.Key.(*ast.Ident).Name != "What" {
			continue
		}
		if l, ok := kv.Value.(*ast.BasicLit); ok {
			return literal(l)
		}
	}
	return ""
}

func literal(l *ast.BasicLit) string {
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return ""
	}
	return s
}
