package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/internal/locale"
)

func (p *program) userCmd() *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "the people who sign in"}
	c.AddCommand(p.userAddCmd(), p.userChangeCmd(), p.userListCmd(), p.userDisableCmd())
	return c
}

func (p *program) userAddCmd() *cobra.Command {
	var u access.User
	var role string
	var ceiling string
	c := p.personCmd("add NAME", "add a person; the password is asked for, or read from stdin", &u, &role, &ceiling)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		u.Name, u.Role = access.CleanName(args[0]), access.Role(role)
		if err := p.typePassword(); err != nil {
			return err
		}
		return p.withApp(cmd.Context(), writes, func(a *app) error {
			u.PasswordHash = p.given
			var err error
			if u.CeilingMinor, err = ceilingOf(a.cfg.Writer, ceiling); err != nil {
				return err
			}
			if err := a.addUser(cmd.Context(), u); err != nil {
				return err
			}
			p.say("added %s, %s", u.Name, u.Role)
			return nil
		})
	}
	return c
}

func (p *program) userChangeCmd() *cobra.Command {
	var to access.User
	var role string
	var ceiling string
	c := p.personCmd("change NAME", "change what is given and leave the rest; another role ends the person's sessions", &to, &role, &ceiling)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return p.withApp(cmd.Context(), writes, func(a *app) error {
			u, err := a.store.User(cmd.Context(), access.CleanName(args[0]))
			if err != nil {
				return err
			}
			most, err := ceilingOf(a.cfg.Writer, ceiling)
			if err != nil {
				return err
			}
			var changed []string
			for name, change := range map[string]func(){
				"full-name": func() { u.FullName = to.FullName }, "skills": func() { u.Skills = to.Skills },
				"languages": func() { u.Languages = to.Languages }, "signs": func() { u.Signs = to.Signs },
				"segments": func() { u.Segments = to.Segments }, "absent": func() { u.Absent = to.Absent },
				"ceiling": func() { u.CeilingMinor = most },
				"role":    func() { u.Role, u.Epoch = access.Role(role), u.Epoch+1 },
			} {
				if cmd.Flags().Changed(name) {
					change()
					changed = append(changed, name)
				}
			}
			if len(changed) == 0 {
				return fault.New(fault.Invalid, "say what is to change, such as --skills data,service")
			}
			slices.Sort(changed)
			if err := a.store.UpdateUser(cmd.Context(), u); err != nil {
				return err
			}
			p.say("changed %s of %s", strings.Join(changed, ", "), u.Name)
			return a.auditWhy(cmd.Context(), "change a user", u.Name, strings.Join(changed, ", "))
		})
	}
	c.Flags().Lookup("role").DefValue = "" // nobody becomes an agent who was not said to
	c.Flags().BoolVar(&to.Absent, "absent", false, "not on duty: promises of theirs go to others")
	return c
}

// personCmd is a command with all that can be said of a person; who is added
// without a role is an agent.
func (p *program) personCmd(use, short string, u *access.User, role *string, ceiling *string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(role, "role", string(access.Agent), "agent, lead, manager, senior, operator, analyst, admin or auditor")
	c.Flags().StringVar(&u.FullName, "full-name", "", "name for people to read")
	c.Flags().StringSliceVar(&u.Skills, "skills", nil, "what the person is trained for")
	c.Flags().StringSliceVar(&u.Languages, "languages", nil, "languages spoken")
	c.Flags().StringArrayVar(&u.Signs, "signs", nil, "`name` of a signatory the person is, written as in the treatment; may be repeated, empty for none")
	c.Flags().StringSliceVar(&u.Segments, "segments", nil, "segments of customers the person sees in lists and files; all by default")
	c.Flags().StringVar(ceiling, "ceiling", "", "dearest offer the person may grant, in the business's currency")
	c.PreRun = func(*cobra.Command, []string) {
		u.Signs = slices.DeleteFunc(u.Signs, func(name string) bool { return name == "" })
	}
	return c
}

// ceilingOf is a ceiling that was typed, in minor units of the currency; nothing
// typed is nothing.
func ceilingOf(w locale.Writer, typed string) (int64, error) {
	if typed == "" {
		return 0, nil
	}
	minor, err := w.Minor(typed)
	if err != nil {
		return 0, fmt.Errorf("the ceiling: %w", err)
	}
	return minor, nil
}

// typePassword takes the password that is typed and keeps its hash as what was
// given for the command; a job was given it already.
func (p *program) typePassword() error {
	if p.given != "" {
		return nil
	}
	password, err := p.password()
	if err != nil {
		return err
	}
	p.given, err = access.HashPassword(password)
	return err
}

// addUser checks and stores a new user, whose password is hashed.
func (a *app) addUser(ctx context.Context, u access.User) error {
	u.Created = a.p.Now()
	if err := u.Validate(); err != nil {
		return err
	}
	if err := a.store.AddUser(ctx, u); err != nil {
		return err
	}
	return a.audit(ctx, "add a user", u.Name)
}

// password asks on a terminal, and otherwise reads one line.
func (p *program) password() (string, error) {
	if f, ok := p.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(p.Stderr, "Password: ")
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(p.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return string(text), nil
	}
	line, err := bufio.NewReader(p.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fault.New(fault.Invalid, "give the password on stdin, or run this at a terminal")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (p *program) userListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "who may sign in",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				users, err := a.store.Users(cmd.Context())
				if err != nil {
					return err
				}
				for i := range users {
					users[i].PasswordHash = ""
				}
				return p.print(users, func() {
					if len(users) == 0 {
						p.say("nobody can sign in yet: holdfast user add NAME --role agent")
					}
					for _, u := range users {
						state := ""
						if u.Disabled {
							state = "  disabled"
						}
						p.say("%-16s %-9s %s%s", u.Name, u.Role, u.Shown(), state)
					}
				})
			})
		},
	}
}

func (p *program) userDisableCmd() *cobra.Command {
	return &cobra.Command{
		Use: "disable NAME", Short: "end a person's sessions and let them in no more", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				u, err := a.store.User(cmd.Context(), access.CleanName(args[0]))
				if err != nil {
					return err
				}
				u.Disabled = true
				u.Epoch++
				if err := a.store.UpdateUser(cmd.Context(), u); err != nil {
					return err
				}
				p.say("%s can no longer sign in", u.Name)
				return a.audit(cmd.Context(), "disable a user", u.Name)
			})
		},
	}
}

// newPassword makes a random password that can be typed.
func newPassword() (string, error) {
	var b [10]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])), nil
}
