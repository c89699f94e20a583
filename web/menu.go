package web

import (
	"strings"

	"holdfast/access"
)

// navItem is one page in the menu.
type navItem struct {
	Path, Text string
	Here       bool
}

// navGroup is one entry of the menu's row: a page, or a title that opens to
// several.
type navGroup struct {
	Text  string // empty for a single page
	Items []navItem
	Here  bool // the page one is on is inside
}

// menuRow is how many pages stand side by side without being grouped.
const menuRow = 6

// navigation is every entry of the menu with its group and what it takes to
// see it. A page of no group stands by itself.
var navigation = []struct {
	path, text, group string
	action            access.Action
}{
	{"/desk", "Desk", "Desk", access.WorkTasks},
	{"/inbound", "Find a customer", "Desk", access.WorkTasks},
	{"/thanks", "Thank-yous", "Desk", access.WorkTasks},
	{"/recommendations", "Recommendations", "Desk", access.WorkTasks},
	{"/approvals", "Approvals", "Desk", access.SeeOthersWork},
	{"/morning", "Morning", "", access.SeeMorning},
	{"/board", "Board", "", access.SeeMorning},
	{"/risk", "Risk list", "", access.SeeRiskList},
	{"/attrition", "Attrition", "Results", access.SeeMorning},
	{"/proof", "Proof", "Results", access.SeeProof},
	{"/agents", "Agents", "Results", access.SeeAgents},
	{"/groups", "Groups", "Results", access.SeeProof},
	{"/executive", "Executive", "Results", access.SeeProof},
	{"/decisions", "Decisions", "Planning", access.SeeDecisions},
	{"/policy", "Policy", "Planning", access.SeeProof},
	{"/model", "Model", "Planning", access.SeeProof},
	{"/roster", "Roster", "Planning", access.SeeMorning},
	{"/nights", "Nights", "Operations", access.SeeNights},
	{"/jobs", "Jobs", "Operations", access.SeeNights},
	{"/imports", "Imports", "Operations", access.SeeNights},
	{"/arms", "Arms", "Operations", access.SeeArms},
	{"/audit", "Audit", "Operations", access.SeeOperation},
}

// navFor is the menu of a user on a page: what their role may see. Few pages
// stand side by side; more are grouped, a group of one as its page.
func navFor(u access.User, here string, in *speech) []navGroup {
	var nav []navGroup
	pages := 0
	for _, n := range navigation {
		if !access.Can(u.Role, n.action) || (n.path == thanksPath && !signs(u)) {
			continue
		}
		pages++
		item := navItem{n.path, in.Text(n.text), inside(n.path, here)}
		if n.path == "/inbound" && strings.HasPrefix(here, "/customers/") && !access.Can(u.Role, access.SeeRiskList) {
			item.Here = true // a file that was found here
		}
		group := in.Text(n.group)
		if last := len(nav) - 1; n.group != "" && last >= 0 && nav[last].Text == group {
			nav[last].Items = append(nav[last].Items, item)
			nav[last].Here = nav[last].Here || item.Here
			continue
		}
		nav = append(nav, navGroup{group, []navItem{item}, item.Here})
	}
	var row []navGroup
	for _, g := range nav {
		if pages > menuRow && len(g.Items) > 1 {
			row = append(row, g)
			continue
		}
		for _, item := range g.Items {
			row = append(row, navGroup{"", []navItem{item}, item.Here})
		}
	}
	return row
}

// inside says whether an address belongs to a page of the menu.
func inside(page, here string) bool {
	return here == page || strings.HasPrefix(here, page+"/") ||
		(page == "/desk" && strings.HasPrefix(here, "/tasks/")) || (page == "/risk" && strings.HasPrefix(here, "/customers/"))
}
