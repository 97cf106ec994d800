package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/postroom/postroom"
)

// batchSize bounds what is asked of the intake and of the server at once.
const batchSize = 500

// A Mailbox is one folder of an IMAP mailbox. A mail stays in it until its
// outcome is known and is then moved to the processed or the problem folder,
// or flagged with a keyword.
//
// One process at a time may read it, and one goroutine at a time may use a
// Mailbox; both are the caller's to ensure.
type Mailbox struct {
	config MailboxConfig
	tokens *tokenSource  // nil when signing in with a password
	pause  time.Duration // before a second try

	// flagOnly is set once the server has shown that what was copied cannot be
	// removed from the folder, so that it isn't copied again on each pass.
	flagOnly bool
	copyCuts int // connections in a row that ended in a copy; each may have made one

	held     holds[imap.UID] // messages that failed, by UID under heldValidity
	validity uint32
}

// NewMailbox checks the configuration; it connects to nothing.
func NewMailbox(config MailboxConfig) (*Mailbox, error) {
	if err := config.Validate(); err != nil {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mailbox's configuration is wrong", Hint: err.Error()}
	}
	m := &Mailbox{config: config.withDefaults(), pause: time.Second, held: holds[imap.UID]{}}
	if config.OAuth != nil {
		m.tokens = newTokenSource(m.config)
	}
	return m, nil
}

// Name is the source's name in the configuration.
func (m *Mailbox) Name() string { return m.config.Name }

// reconnects is how often in a row Receive connects again without any message
// getting through in between.
const reconnects = 3

// Receive makes one pass over the folder: it hands over what is new and moves
// or flags what has an outcome. A connection that breaks is made again. When some
// messages failed it returns their errors after it has done the others.
func (m *Mailbox) Receive(ctx context.Context, in postroom.Intake) error {
	m.held = holds[imap.UID]{}
	var faults faults
	for tries, connected := 0, false; ; {
		s, err := connect(ctx, m.config, m.tokens)
		if err == nil {
			connected = true
			var r *pass
			r, err = m.pass(ctx, s, in)
			if !isBroken(err) {
				s.logout()
				return r.faults.with(err)
			}
			s.close()
			faults = r.faults
			if r.progress {
				tries = 0
			}
		}
		var problem *postroom.Problem
		again := isBroken(err) || connected && errors.As(err, &problem) && problem.Kind == postroom.Temporary
		if tries++; ctx.Err() != nil || !again || tries > reconnects {
			return faults.with(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(tries) * m.pause):
		}
	}
}

// Check signs in, opens the folder and makes sure of the folders that mail is
// moved to.
func (m *Mailbox) Check(ctx context.Context) error {
	s, err := connect(ctx, m.config, m.tokens)
	if err != nil {
		return err
	}
	defer s.logout()
	if !m.moves(s) {
		if !s.keywords {
			return errNoKeywords
		}
		return nil
	}
	for _, name := range []string{m.config.ProcessedFolder, m.config.ProblemFolder} {
		if _, err := s.folder(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// pass looks at the whole folder once. Its error is what ended it early: the
// connection broke, or the intake is in trouble.
func (m *Mailbox) pass(ctx context.Context, s *session, in postroom.Intake) (*pass, error) {
	p := &pass{refused: map[string]bool{}}
	if m.validity != s.validity {
		m.held, m.validity = holds[imap.UID]{}, s.validity // other messages have the numbers now
	}
	select {
	case <-s.exists: // what it told of is found now
	default:
	}
	// Keywords are searched for in either mode: a mailbox may have been
	// flagged before it could be moved.
	open, err := s.search(ctx, &imap.SearchCriteria{NotFlag: []imap.Flag{keywordProcessed, keywordProblem}})
	if err != nil {
		return p, err
	}
	m.held.prune(func(uid imap.UID) bool { _, there := slices.BinarySearch(open, uid); return there })
	for rest := open; len(rest) > 0; {
		batch := rest[:min(batchSize, len(rest))]
		rest = rest[len(batch):]
		if err := m.passBatch(ctx, s, in, p, batch); err != nil {
			return p, err
		}
	}
	return p, m.settleGone(ctx, in, open)
}

func (m *Mailbox) passBatch(ctx context.Context, s *session, in postroom.Intake, p *pass, batch []imap.UID) error {
	states, err := in.States(ctx, m.arrivals(s, batch))
	if err != nil {
		return err
	}
	if len(states) != len(batch) {
		return fmt.Errorf("asked for the state of %d messages and got %d", len(batch), len(states))
	}
	var fresh, processed, problem []imap.UID
	for i, uid := range batch {
		switch states[i] {
		case postroom.ArrivalNew:
			fresh = append(fresh, uid)
		case postroom.ArrivalProcessed:
			processed = append(processed, uid)
		case postroom.ArrivalProblem:
			problem = append(problem, uid)
		}
	}
	if err := m.take(ctx, s, in, p, fresh); err != nil {
		return err
	}
	if err := m.settle(ctx, s, in, p, processed, m.config.ProcessedFolder, keywordProcessed); err != nil {
		return err
	}
	return m.settle(ctx, s, in, p, problem, m.config.ProblemFolder, keywordProblem)
}

func (m *Mailbox) arrival(s *session, uid imap.UID) postroom.ArrivalID {
	return postroom.ArrivalID{Source: m.config.Name, Folder: m.config.Folder, UIDValidity: s.validity, UID: uint32(uid)}
}

func (m *Mailbox) arrivals(s *session, uids []imap.UID) []postroom.ArrivalID {
	ids := make([]postroom.ArrivalID, len(uids))
	for i, uid := range uids {
		ids[i] = m.arrival(s, uid)
	}
	return ids
}

// maxMessages bounds what a server may say that a folder holds.
const maxMessages = 5_000_000

// search returns the UIDs that match, ascending.
func (s *session) search(ctx context.Context, criteria *imap.SearchCriteria) (uids []imap.UID, _ error) {
	err := s.work(ctx, "search the mail", func() error {
		data, err := s.client.UIDSearch(criteria, nil).Wait()
		if err != nil {
			return err
		}
		// The library's own list would panic at "5:*" and fill the memory at
		// "1:4294967295".
		set, _ := data.All.(imap.UIDSet)
		for _, r := range set {
			if r.Start == 0 || r.Stop < r.Start || len(uids)+int(r.Stop-r.Start) > maxMessages {
				return errors.New("the answer to the search makes no sense")
			}
			for uid := r.Start; ; uid++ {
				uids = append(uids, uid)
				if uid == r.Stop {
					break
				}
			}
		}
		return nil
	})
	return uids, err
}
