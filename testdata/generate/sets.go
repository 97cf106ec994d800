package generate

import (
	"fmt"
	"io/fs"

	"github.com/postroom/postroom"
)

// SampleInbox reads what lies beside the mails of the sample inbox: the
// practice's patients and the truth of each mail, in their order.
func SampleInbox(inbox fs.FS) (patients []postroom.Patient, truths []Truth, err error) {
	b, err := fs.ReadFile(inbox, "patients.csv")
	if err != nil {
		return nil, nil, fmt.Errorf("read the sample patients: %w", err)
	}
	if patients, err = ReadRegister(b); err != nil {
		return nil, nil, err
	}
	if b, err = fs.ReadFile(inbox, "truth.jsonl"); err != nil {
		return nil, nil, fmt.Errorf("read the truth of the sample inbox: %w", err)
	}
	truths, err = ReadTruths(b)
	return patients, truths, err
}
