package web

import (
	"net/http"
	"slices"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

// route is one address with what it takes to reach it. Without an action
// anybody signed in may; open routes need no sign-in.
type route struct {
	pattern string
	action  access.Action
	open    bool
	do      func(w http.ResponseWriter, r *request) error
}

// routes is the whole table.
func (s *site) routes() []route {
	return append(slices.Concat(s.evaluationRoutes(), s.undoRoutes(), s.operationRoutes()), []route{
		{"GET /sign-in", "", true, s.signInPage},
		{"POST /sign-in", "", true, s.signIn},
		{"GET " + ssoPath, "", true, s.ssoBegin},
		{"GET " + ssoAnswerPath, "", true, s.ssoAnswer},
		{"POST /sign-out", "", true, s.signOut},
		{"GET " + UnsubscribePath + "{token}", "", true, s.unsubscribePage},
		{"POST " + UnsubscribePath + "{token}", "", true, s.unsubscribe},
		{"GET /{$}", "", false, s.home},
		{"GET /help", "", false, s.help},
		{"POST /language", "", false, s.chooseLanguage},

		{"GET /desk", access.WorkTasks, false, s.deskPage},
		{"GET /desk/day", access.WorkTasks, false, s.dayPage},
		{"POST /desk/state", access.WorkTasks, false, s.setPresence},
		{"GET /recommendations", access.WorkTasks, false, s.boxPage},
		{"POST /recommendations", access.WorkTasks, false, s.recommend},
		{"POST /recommendations/{id}/answer", access.SeeOthersWork, false, s.answerRecommendation},
		{"POST /desk/next", access.WorkTasks, false, s.next},
		{"GET /tasks/{id}", access.WorkTasks, false, s.taskPage},
		{"POST /tasks/{id}/take", access.WorkTasks, false, s.take},
		{"GET /tasks/{id}/live", access.WorkTasks, false, s.live},
		{"POST /tasks/{id}/begin", access.WorkTasks, false, s.begin},
		{"POST /tasks/{id}/heartbeat", access.WorkTasks, false, s.heartbeat},
		{"POST /tasks/{id}/save", access.WorkTasks, false, s.save},
		{"POST /tasks/{id}/correct", access.WorkTasks, false, s.correct},
		{"POST /tasks/{id}/snooze", access.WorkTasks, false, s.snooze},
		{"POST /tasks/{id}/skip", access.WorkTasks, false, s.skip},
		{"POST /tasks/{id}/ask", access.WorkTasks, false, s.askForOffer},
		{"POST /tasks/{id}/handoff", access.WorkTasks, false, s.handoff},
		{"POST /tasks/{id}/postpone", access.WorkTasks, false, s.postpone},
		{"GET /thanks", access.WorkTasks, false, s.thanksPage},
		{"GET /inbound", access.WorkTasks, false, s.inboundPage},
		{"POST /inbound", access.WorkTasks, false, s.inbound},
		{"GET /approvals", access.SeeOthersWork, false, s.approvalsPage},
		{"GET /approvals/live", access.SeeOthersWork, false, s.approvalsLive},
		{"POST /approvals/{id}/answer", access.SeeOthersWork, false, s.answerOffer},
		{"GET /morning", access.SeeMorning, false, s.morningPage},
		{"GET /executive", access.SeeProof, false, s.executivePage},
		{"GET /board", access.SeeMorning, false, s.boardPage},
		{"GET /board/live", access.SeeMorning, false, s.boardLive},
		{"GET /board/promises", access.SeeMorning, false, s.duePage},
		{"POST /board/pause", access.AskForWork, false, s.pause},
		{"POST /board/resume", access.AskForWork, false, s.unpause},
		{"POST /board/reassign", access.AskForWork, false, s.reassign},
		{"POST /board/absent", access.AskForWork, false, s.absent},
		{"POST /board/back", access.AskForWork, false, s.back},
		{"POST /board/resolve", access.AskForWork, false, s.resolveDay},
		{"GET /roster", access.SeeMorning, false, s.rosterPage},
		{"GET /roster/day", access.AskForWork, false, s.rosterDayPage},
		{"POST /roster/day", access.AskForWork, false, s.setRoster},
		{"POST /roster/forget", access.AskForWork, false, s.forgetRoster},
		{"GET /risk", access.SeeRiskList, false, s.riskPage},
		{"POST /risk/views", access.SaveViews, false, s.saveView},
		{"POST /risk/views/{id}/forget", access.SaveViews, false, s.dropView},
		{"GET /risk.csv", access.ExportRiskList, false, s.riskExport},
		{"POST /risk/chosen", access.AskForWork, false, s.chosen},
		{"POST /risk/exclude", access.AskForWork, false, s.exclude},
		{"POST /risk/send", access.AskForWork, false, s.send},
		{"POST /risk/assign", access.AskForWork, false, s.assign},
		{"GET /attrition", access.SeeMorning, false, s.attritionPage},
		{"GET /attrition/people", access.SeeRiskList, false, s.movesPage},
		{"GET /customers/{id}", access.SeeFiles, false, s.customerPage},
		{"GET /customers/{id}/preview", access.AskForWork, false, s.previewPage},
		{"POST /customers/{id}/ask", access.AskForWork, false, s.ask},
		{"POST /customers/{id}/exclude", access.AskForWork, false, s.excludeOne},
		{"POST /customers/{id}/readmit", access.AskForWork, false, s.readmit},
		{"GET /decisions", access.SeeDecisions, false, s.decisionsPage},
		{"GET /decisions/{id}", access.SeeDecisions, false, s.decisionsPage},
		{"GET /decisions/{id}/difference", access.SeeDecisions, false, s.differencePage},
		{"POST /decisions/hold", access.HoldLists, false, s.hold},
		{"POST /decisions/hold/end", access.HoldLists, false, s.endHold},
		{"POST /decisions/{id}/release", access.RunNights, false, s.steerList(s.steerRelease())},
		{"POST /decisions/{id}/withdraw", access.RunNights, false, s.steerList(s.steerWithdraw())},
		{"POST /decisions/{id}/fallback", access.RunNights, false, s.steerList(s.steerFallBack())},
		{"GET /proof", access.SeeProof, false, s.proofPage},
		{"GET /model", access.SeeProof, false, s.modelPage},
	}...)
}

// operationRoutes are of nights, jobs, imports and the audit.
func (s *site) operationRoutes() []route {
	return []route{
		{"GET /nights", access.SeeNights, false, s.nightsPage},
		{"GET /nights/{id}", access.SeeNights, false, s.nightPage},
		{"POST /nights/{id}/resume", access.RunNights, false, s.resume},
		{"GET /jobs", access.SeeNights, false, s.jobsPage},
		{"POST /jobs/retry", access.RunNights, false, s.retryDead},
		{"POST /jobs/try", access.RunNights, false, s.tryNow},
		{"POST /jobs/{id}/retry", access.RunNights, false, s.retry},
		{"POST /jobs/{id}/settle", access.RunNights, false, s.settle},
		{"GET /imports", access.SeeNights, false, s.importsPage},
		{"GET /imports/{id}", access.SeeRejections, false, s.importPage},
		{"GET /audit", access.SeeOperation, false, s.auditPage},
		{"GET /audit.csv", access.SeeOperation, false, s.auditExport},
		{"GET /arms", access.SeeArms, false, s.armsPage},
	}
}

// evaluationRoutes are what the nights are decided by, and how it comes out for
// groups and agents.
func (s *site) evaluationRoutes() []route {
	return []route{
		{"GET /attrition/calls", access.SeeRiskList, false, s.lostPage},
		{"GET /agents", access.SeeAgents, false, s.agentsPage},
		{"GET /agents.csv", access.SeeAgents, false, s.agentsExport},
		{"GET /model/{id}", access.SeeProof, false, s.oneModelPage},
		{"POST /model/{id}/promote", access.ReleaseModels, false, s.releaseModel},
		{"GET /groups", access.SeeProof, false, s.groupsPage},
		{"GET /groups.csv", access.SeeProof, false, s.groupsExport},
		{"GET /policy", access.SeeProof, false, s.policyPage},
		{"POST /policy/dry-runs", access.TryPolicies, false, s.rehearse},
		{"GET /policy/dry-runs/{id}", access.SeeProof, false, s.rehearsalPage},
	}
}

// page makes a route's handler: who is it, may they, do it, say what failed.
func (s *site) page(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := s.request(hr)
		if err := hr.ParseForm(); err != nil && hr.Method == http.MethodPost {
			s.fail(w, r, fault.As(fault.Invalid, err))
			return
		}
		user, err := s.current(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		r.user = user
		if !rt.open && user.Name == "" {
			if err := s.askToSignIn(w, r); err != nil {
				s.fail(w, r, err)
			}
			return
		}
		if rt.action != "" && !access.Can(user.Role, rt.action) {
			s.fail(w, r, fault.New(fault.Forbidden, "your role, %s, may not %s", user.Role, rt.action))
			return
		}
		if err := rt.do(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// current is the user of the request's session, a zero one without.
func (s *site) current(r *request) (access.User, error) {
	ctx := r.Context()
	name := s.sessions.GetString(ctx, "user")
	if name == "" {
		return access.User{}, nil
	}
	now, seen := s.Now(), s.sessions.GetTime(ctx, "seen")
	u, err := s.Door.Current(ctx, name, s.sessions.GetInt64(ctx, "epoch"))
	if fault.Of(err) == fault.Forbidden || now.Sub(seen) > time.Duration(s.Config.IdleMinutes)*time.Minute {
		return access.User{}, s.sessions.Destroy(ctx)
	}
	if err != nil {
		return access.User{}, err
	}
	if now.Sub(seen) > 5*time.Minute { // seldom, so that reading writes nothing
		s.sessions.Put(ctx, "seen", now)
	}
	return u, nil
}

func (s *site) home(w http.ResponseWriter, r *request) error {
	http.Redirect(w, r.Request, home(r.user.Role), http.StatusSeeOther)
	return nil
}

func (s *site) help(w http.ResponseWriter, r *request) error {
	v := helpView{Now: r.in.Code()}
	if len(s.speeches) > 1 {
		v.Languages = s.speeches
	}
	return s.show(w, r, "help", "Keys and words", v)
}
