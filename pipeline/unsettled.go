package pipeline

import (
	"context"
	"fmt"

	"github.com/postroom/postroom"
)

// UnsettledArrivals returns the arrivals of a source that have an outcome but
// are not noted as moved or flagged: a crash came in between, or somebody moved
// the mail by hand. A source asks for them to find those that are gone.
func (p intake) UnsettledArrivals(ctx context.Context, source string) ([]postroom.ArrivalID, error) {
	var out []postroom.ArrivalID
	err := p.db.each(ctx, func(scan func(...any) error) error {
		id := postroom.ArrivalID{Source: source}
		var validity, uid int64
		if err := scan(&id.Folder, &validity, &uid, &id.Path); err != nil {
			return err
		}
		id.UIDValidity, id.UID = uint32(validity), uint32(uid)
		out = append(out, id)
		return nil
	}, `SELECT a.folder, a.uidvalidity, a.uid, a.path FROM arrivals a JOIN messages m ON m.id = a.message
		WHERE a.source = ? AND a.settled = 0 AND m.outcome <> ''`, source)
	if err != nil {
		return nil, fmt.Errorf("look up arrivals of %s: %w", source, err)
	}
	return out, nil
}
