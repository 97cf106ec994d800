package main

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestPatientsAreFoundAsClerksAskForThem(t *testing.T) {
	list := []postroom.Patient{
		{ID: "a", Number: "9990000018", Family: "Ash", Given: "Eve Mary", BirthDate: "1950-02-03"},
		{ID: "b", Number: "9990000026", Family: "Ashton", Given: "Bo", BirthDate: "1961-07-08", OtherNames: []string{"Elm"}},
	}
	for query, want := range map[string]string{"999 000 0018": "a", "3/2/1950": "a", "1961-07-08": "b", "ash": "ab", "Ashton, Bo": "b", "elm": "b", "eve ash": "a", "b": "b", "": "", "zzz": ""} {
		got := ""
		for _, p := range findPatients(list, query) {
			got += p.ID
		}
		if got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

// Until people sign in, the desk is for this machine alone.
func TestTheDeskIsServedToThisMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "[::]:0", "nonsense"} {
		if _, _, err := serveDesk(t.Context(), &config{}, nil, nil, address); err == nil || !strings.Contains(err.Error(), "this machine only") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
