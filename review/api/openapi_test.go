package api

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom/testdata/servers"
)

type description struct {
	Paths map[string]map[string]struct {
		Security    []map[string][]string      `json:"security"`
		OperationID string                     `json:"operationId"`
		Responses   map[string]json.RawMessage `json:"responses"`
	} `json:"paths"`
}

// The description is what the API does: each route stands in it with its scope, and nothing else.
func TestDescriptionHasEveryRoute(t *testing.T) {
	var d description
	if err := json.Unmarshal(openAPI, &d); err != nil {
		t.Fatal(err)
	}
	s := newServer(Config{Desk: noDesk{}})
	told, names := map[string]Scope{}, map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			route := strings.ToUpper(method) + " " + Base + path
			told[route] = ""
			if len(o.Security) > 0 {
				told[route] = Scope(o.Security[0]["token"][0])
				for _, code := range []string{"401", "403", "429", "500"} {
					if o.Responses[code] == nil {
						t.Errorf("%s does not tell of %s", route, code)
					}
				}
			}
			if o.OperationID == "" || names[o.OperationID] {
				t.Errorf("%s: the name %q", route, o.OperationID)
			}
			names[o.OperationID] = true
		}
	}
	for route, scope := range s.describe {
		if there, ok := told[route]; !ok || there != scope {
			t.Errorf("%s needs %q, the description says %q", route, scope, there)
		}
		if scope != "" && !slices.Contains(Scopes, scope) {
			t.Errorf("%s: no scope %q", route, scope)
		}
		delete(told, route)
	}
	for route := range told {
		t.Errorf("%s is described, and there is none", route)
	}
}

// A validator of others finds nothing wrong with it, and does find what is wrong.
func TestDescriptionIsOpenAPI(t *testing.T) {
	judge := func(text []byte) (out struct {
		Version string
		Errors  []any
	}) {
		c := servers.Judge(t, "openapi.mjs")
		c.Stdin = bytes.NewReader(text)
		pipe, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		c.Stdout = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		failed, _ := io.ReadAll(pipe)
		if err := c.Wait(); err != nil {
			t.Fatal(err, string(failed))
		}
		if err := json.Unmarshal(said.Bytes(), &out); err != nil {
			t.Fatal(err, said.String())
		}
		return out
	}
	if got := judge(openAPI); got.Version != "3.1" || len(got.Errors) != 0 {
		t.Errorf("%+v", got)
	}
	if got := judge(bytes.Replace(openAPI, []byte(`"in": "path"`), []byte(`"in": "road"`), 1)); len(got.Errors) == 0 {
		t.Error("the validator takes anything")
	}
}
