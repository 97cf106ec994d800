package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/postroom/postroom"
)

// Register returns the practice's list as Patients does, from memory while it is not
// replaced: the desk asks for it with every letter that a clerk types. Nobody may
// change what it returns.
func (p *Pipeline) Register(ctx context.Context) ([]postroom.Patient, error) {
	var version string
	if err := p.db.row(ctx, `SELECT value FROM settings WHERE name = 'register'`).scan(&version); err != nil && !errors.Is(err, errNoRows) {
		return nil, fmt.Errorf("load the patient list: %w", err)
	}
	p.register.mu.Lock()
	defer p.register.mu.Unlock()
	if p.register.list == nil || p.register.listed != version {
		list, err := p.Patients(ctx)
		if err != nil {
			return nil, err
		}
		p.register.list, p.register.listed = list, version
	}
	return p.register.list, nil
}
