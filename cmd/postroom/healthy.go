package main

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
)

// newHealthy asks a running process how it is: containers need a program for it.
func newHealthy() *cobra.Command {
	return &cobra.Command{
		Use:    "healthy URL",
		Short:  "Ask a running process whether it is well (for containers)",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client := &http.Client{Timeout: 5 * time.Second}
			r, err := client.Get(args[0])
			if err != nil {
				return &postroom.Problem{Kind: postroom.Temporary, Reason: "the process does not answer", Hint: "check operating.listen", Err: err}
			}
			defer r.Body.Close()
			io.Copy(cmd.OutOrStdout(), io.LimitReader(r.Body, 4096))
			if r.StatusCode != http.StatusOK {
				return fmt.Errorf("it answers %s", r.Status)
			}
			return nil
		},
	}
}
