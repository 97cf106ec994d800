package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/people"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

func newUser(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Say who may sign in at the review desk, and what they may do there",
		Long: `Accounts of the review desk. A role is clerk (checks and corrects), lead (also gives filed
documents to other patients, and sees the statistics), administrator (also the accounts)
or auditor (the audit trail, and no document). Passwords are asked for, or read from standard
input; they are never given on the command line, where others could see them.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var name, role, mailboxes string
	var noPassword, none, once bool
	add := &cobra.Command{
		Use:   "add ACCOUNT",
		Short: "Add an account",
		Example: `  postroom user add ann --name "Ann Ash" --role administrator
  postroom user add bob --mailboxes fax-inbox,scanner`,
		Args: oneAccount,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownRole(role); err != nil {
				return err
			}
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				l := pipeline.Login{ID: args[0], Name: name, Role: role, Mailboxes: mailboxesOf(mailboxes)}
				if _, err := pl.Login(ctx, l.ID); err == nil { // before a password is asked for
					return postroom.Bad(nil, "there is an account of this name already", "choose another name, or change that account")
				}
				if !noPassword {
					var err error
					if l.Password, err = newPassword(cmd); err != nil {
						return err
					}
					l.Once = once
				}
				if err := pl.AddLogin(ctx, l, atShell()); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is %s and sees %s\n", l.ID, l.Role, seen(l.Mailboxes))
				return nil
			})
		},
	}
	add.Flags().StringVar(&name, "name", "", "the person's `name`, as colleagues see it")
	add.Flags().StringVar(&role, "role", string(review.Clerk), "clerk, lead, administrator or auditor")
	add.Flags().StringVar(&mailboxes, "mailboxes", "all", "the `sources` whose documents they see, with commas; or all")
	add.Flags().BoolVar(&noPassword, "no-password", false, "they sign in at the OpenID provider only")

	list := &cobra.Command{
		Use: "list", Short: "List the accounts", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				all, err := pl.Logins(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ACCOUNT\tNAME\tROLE\tMAILBOXES\tSIGNS IN BY")
				for _, l := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.ID, l.Name, l.Role, seen(l.Mailboxes), signsIn(l))
				}
				return w.Flush()
			})
		},
	}
	change := func(use, short string, args cobra.PositionalArgs, f func(cmd *cobra.Command, args []string) (func(*pipeline.Login), error)) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				if _, err := pl.Login(ctx, args[0]); err != nil {
					return noAccount(err, args[0])
				}
				do, err := f(cmd, args)
				if err != nil {
					return err
				}
				return noAccount(pl.ChangeLogin(ctx, args[0], atShell(), do), args[0])
			})
		}}
	}
	passwd := change("passwd ACCOUNT", "Give an account another password; it is signed out everywhere", oneAccount, func(cmd *cobra.Command, _ []string) (func(*pipeline.Login), error) {
		hash, err := "", error(nil)
		if !none {
			hash, err = newPassword(cmd)
		}
		return func(l *pipeline.Login) { l.Password, l.Once = hash, once && hash != "" }, err
	})
	for _, c := range []*cobra.Command{add, passwd} {
		c.Flags().BoolVar(&once, "once", false, "they must choose a password of their own when they sign in with this one")
	}
	passwd.Flags().BoolVar(&none, "none", false, "take the password away: they sign in at the OpenID provider only")
	cmd.AddCommand(add, list,
		passwd,
		change("role ACCOUNT ROLE", "Give an account another role", accountAnd("its role"), func(_ *cobra.Command, args []string) (func(*pipeline.Login), error) {
			return func(l *pipeline.Login) { l.Role = args[1] }, knownRole(args[1])
		}),
		change("mailboxes ACCOUNT SOURCES", "Say which mailboxes an account sees: names with commas, all or none", accountAnd("the mailboxes"), func(_ *cobra.Command, args []string) (func(*pipeline.Login), error) {
			return func(l *pipeline.Login) { l.Mailboxes = mailboxesOf(args[1]) }, nil
		}),
		change("disable ACCOUNT", "Switch an account off; it is signed out at once", oneAccount, func(*cobra.Command, []string) (func(*pipeline.Login), error) {
			return func(l *pipeline.Login) { l.Disabled = true }, nil
		}),
		change("enable ACCOUNT", "Switch an account on again", oneAccount, func(*cobra.Command, []string) (func(*pipeline.Login), error) {
			return func(l *pipeline.Login) { l.Disabled = false }, nil
		}),
	)
	return cmd
}

// withState opens the state to look at and change accounts.
func withState(ctx context.Context, o *options, f func(context.Context, *pipeline.Pipeline) error) error {
	cfg, err := o.load()
	if err != nil {
		return err
	}
	p, err := openParts(cfg, false, o.verbose)
	if err != nil {
		return err
	}
	defer p.close()
	pl, err := openState(ctx, cfg, p, false, o.verbose)
	if err != nil {
		return err
	}
	defer pl.Close()
	return f(ctx, pl)
}

func accountAnd(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 2 {
			return &usageError{errors.New("name the account and " + what)}
		}
		return nil
	}
}

func oneAccount(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &usageError{errors.New("name one account")}
	}
	return nil
}

func noAccount(err error, id string) error {
	if errors.Is(err, pipeline.ErrNoLogin) {
		return postroom.Bad(nil, fmt.Sprintf("there is no account %q", id), "postroom user list shows all")
	}
	return err
}

func knownRole(role string) error {
	if !slices.Contains(review.Roles, review.Role(role)) {
		return postroom.Bad(nil, fmt.Sprintf("there is no role %q", role), "write clerk, lead, administrator or auditor")
	}
	return nil
}

// mailboxesOf reads what the user wrote; nil for all.
func mailboxesOf(list string) []string {
	switch list {
	case "all":
		return nil
	case "none", "":
		return []string{}
	}
	out := []string{}
	for _, s := range strings.Split(list, ",") {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func seen(mailboxes []string) string {
	switch {
	case mailboxes == nil:
		return "all mailboxes"
	case len(mailboxes) == 0:
		return "no mailbox"
	}
	return strings.Join(mailboxes, ", ")
}

func signsIn(l pipeline.Login) string {
	var ways []string
	if l.Password != "" {
		ways = append(ways, "password")
	}
	if l.Subject != "" {
		ways = append(ways, "OpenID")
	}
	switch {
	case l.Disabled:
		return "switched off"
	case len(ways) == 0:
		return "nothing yet"
	}
	return strings.Join(ways, ", ")
}

// atShell is who changes accounts from the command line.
func atShell() string {
	if u, err := user.Current(); err == nil {
		return "shell:" + u.Username
	}
	return "shell"
}

// newPassword asks for a password twice, or reads one line of what is not a terminal.
func newPassword(cmd *cobra.Command) (string, error) {
	in := cmd.InOrStdin()
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return people.HashPassword(strings.TrimRight(line, "\r\n"))
	}
	ask := func(what string) (string, error) {
		fmt.Fprint(cmd.ErrOrStderr(), what)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(b), err
	}
	first, err := ask(fmt.Sprintf("New password, %d characters or more: ", people.MinPassword))
	if err != nil {
		return "", err
	}
	hash, err := people.HashPassword(first)
	if err != nil {
		return "", err
	}
	again, err := ask("Again: ")
	if err != nil {
		return "", err
	}
	if again != first {
		return "", postroom.Bad(nil, "the two are not the same", "try again")
	}
	return hash, nil
}
