package main

import (
	"context"

	"holdfast/access"
)

// demoCeiling is the dearest offer that an agent of the demo may grant.
const demoCeiling = 50_00

// open lets people in: makes one user of each role and serves the desk until
// the program is told to end.
func (d *demo) open(ctx context.Context) error {
	a := d.app
	agent := demoAgents(a.policy)[0]
	p := a.p
	p.say("")
	p.say("Sign in at the desk as:")
	for _, role := range access.Roles {
		password, err := newPassword()
		if err != nil {
			return err
		}
		hash, err := access.HashPassword(password)
		if err != nil {
			return err
		}
		u := access.User{Name: string(role), Role: role, PasswordHash: hash}
		if access.Can(role, access.WorkTasks) && role != access.Admin {
			u.Skills, u.Languages, u.CeilingMinor = agent.Skills, agent.Languages, demoCeiling
		}
		if role == access.Senior || role == access.Manager {
			u.Signs = agent.Signs
		}
		if err := a.addUser(ctx, u); err != nil {
			return err
		}
		p.say("  %-9s password %s", role, password)
	}
	p.say("Everything is in %s, which stays until you delete it; in that folder every command works on it, such as holdfast doctor. Press Ctrl+C to end.", d.dir)
	return a.run(ctx, roles{web: true, work: true})
}
