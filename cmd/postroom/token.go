package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review/api"
)

func newToken(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Let other systems use the API",
		Long: `Tokens for the HTTP API (docs/api.md). A token acts for an account, within its role and its
mailboxes, and only for what its scopes name: ` + scopeList() + `.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var account, scopes, mailboxes string
	var days int
	add := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token, and print it this once",
		Example: `  postroom token add scanner-room --account ann --scopes upload --mailboxes scanner
  postroom token add night-job --account ann --scopes read --days 30`,
		Args: oneToken,
		RunE: func(cmd *cobra.Command, args []string) error {
			t := pipeline.Token{ID: args[0], Account: account, Mailboxes: mailboxesOf(mailboxes), Expires: time.Now().AddDate(0, 0, days)}
			for _, scope := range strings.FieldsFunc(scopes, func(c rune) bool { return c == ',' || c == ' ' }) {
				if !slices.Contains(api.Scopes, api.Scope(scope)) {
					return postroom.Bad(nil, fmt.Sprintf("there is no scope %q", scope), "write "+scopeList())
				}
				if !slices.Contains(t.Scopes, scope) {
					t.Scopes = append(t.Scopes, scope)
				}
			}
			if account == "" {
				return &usageError{errors.New("name the account that it acts for: --account")}
			}
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				secret, err := pl.AddToken(ctx, t, atShell())
				if err != nil {
					return noAccount(err, account)
				}
				fmt.Fprintln(cmd.OutOrStdout(), secret)
				fmt.Fprintf(cmd.ErrOrStderr(), "%s acts for %s, for %s, until %s. It is shown only now.\n", t.ID, account, strings.Join(t.Scopes, ", "), t.Expires.UTC().Format("2 January 2006"))
				return nil
			})
		},
	}
	f := add.Flags()
	f.StringVar(&account, "account", "", "the `account` of the desk that it acts for")
	f.StringVar(&scopes, "scopes", "", "what it is for, with commas: "+scopeList())
	f.StringVar(&mailboxes, "mailboxes", "all", "the `sources` that it is for, with commas; or all that the account sees")
	f.IntVar(&days, "days", 90, "for how many `days` it is good, 366 at the most")
	list := &cobra.Command{
		Use: "list", Short: "List the tokens", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				all, err := pl.Tokens(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "TOKEN\tACCOUNT\tSCOPES\tMAILBOXES\tGOOD UNTIL\tUSED")
				for _, t := range all {
					sees, until, used := "as the account", t.Expires.UTC().Format(time.DateOnly), "never"
					if t.Mailboxes != nil {
						sees = seen(t.Mailboxes)
					}
					switch {
					case t.Revoked:
						until = "revoked"
					case time.Now().After(t.Expires):
						until += " (over)"
					}
					if !t.Used.IsZero() {
						used = t.Used.UTC().Format(time.DateOnly)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Account, strings.Join(t.Scopes, ","), sees, until, used)
				}
				return w.Flush()
			})
		},
	}
	revoke := &cobra.Command{
		Use: "revoke NAME", Short: "End a token at once", Args: oneToken,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				err := pl.RevokeToken(ctx, args[0], atShell())
				if errors.Is(err, pipeline.ErrNoToken) {
					return postroom.Bad(nil, fmt.Sprintf("there is no token %q that is good", args[0]), "postroom token list shows all")
				}
				return err
			})
		},
	}
	cmd.AddCommand(add, list, revoke)
	return cmd
}

func scopeList() string {
	var all []string
	for _, s := range api.Scopes {
		all = append(all, string(s))
	}
	return strings.Join(all, ", ")
}

func oneToken(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &usageError{errors.New("name one token")}
	}
	return nil
}
