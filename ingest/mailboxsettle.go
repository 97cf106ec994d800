package ingest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/postroom/postroom"
)

// Keywords (RFC 9051 section 2.3.2) that flag mail where it isn't moved.
const (
	keywordProcessed imap.Flag = "$PostroomProcessed"
	keywordProblem   imap.Flag = "$PostroomProblem"
)

// codeExpungeIssued says that somebody removed some of the messages that a
// command names (RFC 5530 section 3).
const codeExpungeIssued imap.ResponseCode = "EXPUNGEISSUED"

// moveSize is how much mail is moved by one command: a large server needs
// seconds for a hundred.
const moveSize = 100

var errNoKeywords = &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server can neither move mail safely nor keep keywords",
	Hint: "check that the mailbox may be written; else use an account on a server with MOVE or UIDPLUS, or one that keeps keywords"}

// moves reports whether mail can be moved without the risk of losing any.
// Without MOVE (RFC 6851) it takes UIDPLUS (RFC 4315): a plain EXPUNGE would
// also remove what somebody else has marked as deleted.
func (m *Mailbox) moves(s *session) bool {
	return m.config.Settle == "move" && (s.caps.Has(imap.CapMove) || s.caps.Has(imap.CapUIDPlus) && !m.flagOnly)
}

// settle moves or flags mail whose outcome is known, then tells the intake.
// Its error is what ends the pass; a refusal by the server is only noted, since
// new mail can be taken all the same.
func (m *Mailbox) settle(ctx context.Context, s *session, in postroom.Intake, p *pass, uids []imap.UID, folder string, keyword imap.Flag) error {
	for batch := range slices.Chunk(uids, moveSize) {
		if p.refused[folder] {
			return nil
		}
		var left []imap.UID
		var err error
		if m.moves(s) {
			left, err = m.move(ctx, s, batch, folder, keyword)
		} else {
			left, err = s.flag(ctx, batch, keyword)
		}
		if isBroken(err) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			p.faults.add(err)
			p.refused[folder] = true
			p.retryAt(time.Now().Add(time.Minute))
		}
		settled := slices.DeleteFunc(slices.Clone(batch), func(uid imap.UID) bool { return slices.Contains(left, uid) })
		if len(settled) == 0 {
			continue
		}
		if err := in.Settled(ctx, m.arrivals(s, settled)); err != nil {
			return err
		}
		p.progress = true
	}
	return nil
}

// flag sets a keyword, and looks whether it stayed. It returns what is left
// without it; with an error that may be all.
func (s *session) flag(ctx context.Context, uids []imap.UID, keyword imap.Flag) (left []imap.UID, err error) {
	if !s.keywords {
		return uids, errNoKeywords
	}
	set := imap.UIDSetNum(uids...)
	err = s.work(ctx, "flag mail", func() error {
		return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{keyword}}, nil).Close()
	})
	if err != nil {
		return uids, err
	}
	left, err = s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{set}, NotFlag: []imap.Flag{keyword}})
	if err != nil {
		return uids, err
	}
	if len(left) > 0 {
		return left, errNoKeywords
	}
	return nil, nil
}

// move moves mail so that none can be lost. It returns what still is where it
// was. The library's own Move must not be called without the MOVE capability:
// it then copies, marks and expunges without looking whether the copy was made.
func (m *Mailbox) move(ctx context.Context, s *session, uids []imap.UID, name string, keyword imap.Flag) (left []imap.UID, err error) {
	for try := 0; ; try++ {
		folder, err := s.folder(ctx, name)
		if err != nil {
			return uids, err
		}
		if s.caps.Has(imap.CapMove) {
			left, err = s.moveTo(ctx, uids, name, folder)
		} else {
			left, err = m.copyTo(ctx, s, uids, name, folder, keyword)
		}
		// The folder may have been deleted or renamed since it was found.
		if try == 0 && refusedWith(err, imap.ResponseCodeTryCreate, imap.ResponseCodeNonExistent) {
			delete(s.folders, name)
			continue
		}
		return left, err
	}
}

func (s *session) moveTo(ctx context.Context, uids []imap.UID, name, folder string) (left []imap.UID, err error) {
	set := imap.UIDSetNum(uids...)
	var moved imap.UIDSet
	err = s.work(ctx, "move mail to "+name, func() error {
		data, err := s.client.Move(set, folder).Wait()
		if err == nil {
			moved, _ = data.SourceUIDs.(imap.UIDSet)
		}
		return err
	})
	if refusedWith(err, codeExpungeIssued) {
		// Somebody took some of it away in the same moment, and the rest waits.
		left, searchErr := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{set}})
		switch {
		case searchErr != nil:
			return uids, searchErr
		case len(left) == 0:
			return nil, nil
		case len(left) < len(uids):
			return s.moveTo(ctx, left, name, folder)
		}
	}
	if err != nil {
		return uids, err
	}
	var unsure imap.UIDSet
	for _, uid := range uids {
		if !moved.Contains(uid) {
			unsure.AddNum(uid)
		}
	}
	if len(unsure) == 0 {
		return nil, nil
	}
	// Not every server says what it moved. What is gone was moved, or removed
	// by somebody; what is there was not.
	if left, err = s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{unsure}}); err != nil {
		return uids, err
	}
	if len(left) > 0 {
		err = &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server says that it moved mail to " + name + ", but it did not", Hint: "set settle: keyword if it goes on"}
	}
	return left, err
}

// copyTo moves mail on a server without MOVE: it copies, looks whether all was
// copied, and only then removes. A crash in between leaves a second copy in
// the folder, never none.
func (m *Mailbox) copyTo(ctx context.Context, s *session, uids []imap.UID, name, folder string, keyword imap.Flag) (left []imap.UID, err error) {
	var copied imap.UIDSet
	err = s.work(ctx, "copy mail to "+name, func() error {
		data, err := s.client.Copy(imap.UIDSetNum(uids...), folder).Wait()
		if err == nil {
			copied = data.SourceUIDs
		}
		return err
	})
	if isBroken(err) {
		if m.copyCuts++; m.copyCuts == 2 {
			m.flagOnly = true
			m.config.Log.Warn("the connection ends whenever mail is copied; mail is flagged instead of moved", "source", m.config.Name)
		}
	}
	if err != nil {
		return uids, err
	}
	m.copyCuts = 0
	var gone imap.UIDSet
	for _, uid := range uids {
		if copied.Contains(uid) {
			gone.AddNum(uid)
		}
	}
	if len(gone) == 0 {
		// Without a word of what was copied nothing may be removed. From now on
		// mail is flagged, or it would be copied again on each pass.
		if left, err = s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(uids...)}}); err != nil || len(left) == 0 {
			return left, err
		}
		m.flagOnly = true
		m.config.Log.Warn("the mail server does not say which mail it copied; mail is flagged instead of moved", "source", m.config.Name)
		return s.flag(ctx, left, keyword)
	}
	marks := []imap.Flag{imap.FlagDeleted}
	if s.keywords {
		marks = append(marks, keyword) // so that it is not taken up again should it stay
	}
	err = s.work(ctx, "remove mail that was copied to "+name, func() error {
		if err := s.client.Store(gone, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: marks}, nil).Close(); err != nil {
			return err
		}
		return s.client.UIDExpunge(gone).Close()
	})
	if isBroken(err) || ctx.Err() != nil {
		return uids, err
	}
	left, searchErr := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(uids...)}, NotFlag: []imap.Flag{keyword}})
	if searchErr != nil {
		return uids, searchErr
	}
	if err != nil {
		m.flagOnly = true
		m.config.Log.Warn("the mail server does not remove mail that was copied; mail is flagged instead of moved", "source", m.config.Name, "error", err)
	}
	if len(left) > 0 {
		return left, errors.Join(err, errors.New("some of the mail that was copied to "+name+" is still where it was"))
	}
	return nil, nil
}

// settleGone settles what is no longer in the folder to be moved; open is what
// the folder held at the beginning of the pass, ascending.
func (m *Mailbox) settleGone(ctx context.Context, in postroom.Intake, open []imap.UID) error {
	return settleGone(ctx, in, m.config.Name, func(id postroom.ArrivalID) bool {
		if id.Folder != m.config.Folder {
			return false // the configuration names another folder now: that mail is still in the old one
		}
		_, there := slices.BinarySearch(open, imap.UID(id.UID))
		return id.UIDValidity != m.validity || !there
	})
}
