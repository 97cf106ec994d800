package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/postroom/postroom"
)

// Keywords (RFC 9051 section 2.3.2) that flag mail where it isn't moved.
const (
	keywordProcessed imap.Flag = "$PostroomProcessed"
	keywordProblem   imap.Flag = "$PostroomProblem"
)

// batchSize bounds what is asked of the intake and of the server at once.
const batchSize = 500

// A Mailbox is one folder of an IMAP mailbox. One process at a time may read
// it; that is the caller's to ensure.
type Mailbox struct {
	config MailboxConfig
	tokens *tokenSource // nil when signing in with a password
}

// NewMailbox checks the configuration; it connects to nothing.
func NewMailbox(config MailboxConfig) (*Mailbox, error) {
	if err := config.Validate(); err != nil {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mailbox's configuration is wrong", Hint: err.Error()}
	}
	m := &Mailbox{config: config.withDefaults()}
	if config.OAuth != nil {
		m.tokens = newTokenSource(m.config)
	}
	return m, nil
}

// Name is the source's name in the configuration.
func (m *Mailbox) Name() string { return m.config.Name }

// Receive makes one pass over the folder: it hands over what is new and moves
// or flags what has an outcome. When some messages failed it returns their
// errors after it has done the others.
func (m *Mailbox) Receive(ctx context.Context, in postroom.Intake) error {
	s, err := connect(ctx, m.config, m.tokens)
	if err != nil {
		return err
	}
	defer s.logout()
	return m.pass(ctx, s, in)
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

var errNoKeywords = &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server can neither move mail safely nor keep keywords",
	Hint: "use an account on a server with MOVE or UIDPLUS, or one that keeps keywords"}

// moves reports whether mail can be moved without the risk of losing any.
// Without MOVE (RFC 6851) it takes UIDPLUS (RFC 4315): a plain EXPUNGE would
// also remove what somebody else has marked as deleted.
func (m *Mailbox) moves(s *session) bool {
	caps := s.client.Caps()
	return m.config.Settle == "move" && (caps.Has(imap.CapMove) || caps.Has(imap.CapUIDPlus))
}

func (m *Mailbox) pass(ctx context.Context, s *session, in postroom.Intake) error {
	// Keywords are searched for in either mode: a mailbox may have been
	// flagged before it could be moved.
	criteria := &imap.SearchCriteria{NotFlag: []imap.Flag{keywordProcessed, keywordProblem}}
	var uids []imap.UID
	err := s.command(ctx, "list the mail", func() error {
		data, err := s.client.UIDSearch(criteria, nil).Wait()
		if err == nil {
			uids = data.AllUIDs()
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(uids)
	var failed []error
	for batch := range slices.Chunk(uids, batchSize) {
		ids := make([]postroom.ArrivalID, len(batch))
		for i, uid := range batch {
			ids[i] = m.arrival(s, uid)
		}
		states, err := in.States(ctx, ids)
		if err != nil {
			return err
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
		errs, err := m.take(ctx, s, in, fresh)
		failed = append(failed, errs...)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		if err := m.settle(ctx, s, in, processed, m.config.ProcessedFolder, keywordProcessed); err != nil {
			return errors.Join(append(failed, err)...)
		}
		if err := m.settle(ctx, s, in, problem, m.config.ProblemFolder, keywordProblem); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
	return errors.Join(failed...)
}

func (m *Mailbox) arrival(s *session, uid imap.UID) postroom.ArrivalID {
	return postroom.ArrivalID{Source: m.config.Name, Folder: m.config.Folder, UIDValidity: s.validity, UID: uint32(uid)}
}

// take hands over the messages with the UIDs. The first result are the faults
// of single messages, the second ends the pass.
func (m *Mailbox) take(ctx context.Context, s *session, in postroom.Intake, uids []imap.UID) (failed []error, _ error) {
	if len(uids) == 0 {
		return nil, nil
	}
	// What is known of a message comes first and for all: servers may send it
	// after the body, when it is too late.
	facts := map[imap.UID]*imapclient.FetchMessageBuffer{}
	err := s.command(ctx, "tell of new mail", func() error {
		msgs, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}).Collect()
		for _, msg := range msgs {
			facts[msg.UID] = msg
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, uid := range uids {
		fact, ok := facts[uid]
		if !ok {
			continue // somebody deleted it meanwhile
		}
		a := postroom.Arrival{ID: m.arrival(s, uid), Received: fact.InternalDate.UTC(), Size: fact.RFC822Size}
		if err := m.takeOne(ctx, s, in, uid, a); err != nil {
			if ctx.Err() != nil {
				return failed, ctx.Err()
			}
			err = fmt.Errorf("message with UID %d of %s: %w", uid, m.config.Name, err)
			var problem *postroom.Problem
			if errors.As(err, &problem) && problem.Kind != postroom.BadInput {
				return failed, err // the server or the store is in trouble: so would the next one be
			}
			failed = append(failed, err)
		}
	}
	return failed, nil
}

// takeOne streams one message from the server to the intake.
func (m *Mailbox) takeOne(ctx context.Context, s *session, in postroom.Intake, uid imap.UID, a postroom.Arrival) error {
	var takeErr error
	err := s.command(ctx, "send a message", func() error {
		// Peek: a plain fetch would mark the mail as seen.
		section := &imap.FetchItemBodySection{Peek: true}
		fetch := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		taken := false
		for msg := fetch.Next(); msg != nil; msg = fetch.Next() {
			for item := msg.Next(); item != nil; item = msg.Next() {
				body, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || body.Literal == nil || taken {
					continue // Next discards it
				}
				taken = true
				counted := &countingReader{r: body.Literal}
				takeErr = in.Take(ctx, a, counted)
				if takeErr == nil && counted.n != body.Literal.Size() {
					// The intake promises to read to the end; a short body must not count as taken.
					takeErr = &postroom.Problem{Kind: postroom.Temporary, Reason: "a message was cut off on its way"}
				}
				if takeErr != nil && counted.err != nil {
					return counted.err // the connection broke: that is the cause
				}
			}
		}
		return fetch.Close()
	})
	if takeErr != nil && err == nil {
		return takeErr
	}
	return err
}

type countingReader struct {
	r io.Reader
	n int64
	// err is what ended the body before its end.
	err error
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// settle moves or flags mail whose outcome is known, then tells the intake.
func (m *Mailbox) settle(ctx context.Context, s *session, in postroom.Intake, uids []imap.UID, folder string, keyword imap.Flag) error {
	if len(uids) == 0 {
		return nil
	}
	var err error
	switch {
	case m.moves(s):
		err = m.move(ctx, s, uids, folder)
	case s.keywords:
		err = s.command(ctx, "flag mail", func() error {
			return s.client.Store(imap.UIDSetNum(uids...), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{keyword}}, nil).Close()
		})
	default:
		err = errNoKeywords
	}
	if err != nil {
		return err
	}
	ids := make([]postroom.ArrivalID, len(uids))
	for i, uid := range uids {
		ids[i] = m.arrival(s, uid)
	}
	return in.Settled(ctx, ids)
}

// move moves mail so that none can be lost. The library's own Move must not be
// called without the MOVE capability: it then copies, marks and expunges
// without looking whether the copy was made.
func (m *Mailbox) move(ctx context.Context, s *session, uids []imap.UID, name string) error {
	folder, err := s.folder(ctx, name)
	if err != nil {
		return err
	}
	set := imap.UIDSetNum(uids...)
	if s.client.Caps().Has(imap.CapMove) {
		return s.command(ctx, "move mail to "+name, func() error {
			_, err := s.client.Move(set, folder).Wait()
			return err
		})
	}
	var copied *imap.CopyData
	if err := s.command(ctx, "copy mail to "+name, func() error {
		copied, err = s.client.Copy(set, folder).Wait()
		return err
	}); err != nil {
		return err
	}
	// Only what the server says it copied may go. A UID that is missing was
	// deleted by somebody meanwhile.
	gone := copied.SourceUIDs
	if nums, ok := gone.Nums(); !ok || len(nums) == 0 {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server does not say which mail it copied", Hint: "set settle: keyword for this mailbox"}
	}
	return s.command(ctx, "remove mail that was copied to "+name, func() error {
		if err := s.client.Store(gone, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
			return err
		}
		return s.client.UIDExpunge(gone).Close()
	})
}

// The longest time between two passes while a server idles: an EXISTS that got
// lost costs no more than this.
const safetyPass = 10 * time.Minute

// Watch makes passes until ctx ends: at once, whenever the server tells of new
// mail, and whenever wake says that outcomes became known. After a fault it
// connects again, with growing and jittered waits of five minutes at the most.
func (m *Mailbox) Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	wait := time.Second
	for ctx.Err() == nil {
		began := time.Now()
		err := m.watchOnce(ctx, in, wake)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > time.Minute {
			wait = time.Second
		}
		m.config.Log.Warn("mailbox is connected to again", "source", m.config.Name, "wait", wait.Round(time.Millisecond).String(), "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait/2 + rand.N(wait)):
		}
		wait = min(2*wait, 5*time.Minute)
	}
	return nil
}

func (m *Mailbox) watchOnce(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	s, err := connect(ctx, m.config, m.tokens)
	if err != nil {
		return err
	}
	defer s.close()
	for {
		if err := m.pass(ctx, s, in); err != nil {
			var problem *postroom.Problem
			if errors.As(err, &problem) || ctx.Err() != nil {
				return err
			}
			m.config.Log.Warn("some mail could not be taken; it is tried again", "source", m.config.Name, "error", err)
		}
		if err := s.await(ctx, wake); err != nil {
			return err
		}
	}
}

// await returns when there may be something to do: nil, or the fault that
// ended the connection.
func (s *session) await(ctx context.Context, wake <-chan struct{}) error {
	if !s.client.Caps().Has(imap.CapIdle) {
		timer := time.NewTimer(s.config.PollInterval)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.client.Closed():
			return imapProblem("wait for mail", errors.New("connection closed"))
		case <-wake:
			return nil
		case <-timer.C:
		}
		return s.command(ctx, "answer", func() error { return s.client.Noop().Wait() })
	}
	// The library begins IDLE anew before the server would end it.
	var idle *imapclient.IdleCommand
	if err := s.command(ctx, "wait for mail", func() (err error) { idle, err = s.client.Idle(); return err }); err != nil {
		return err
	}
	timer := time.NewTimer(safetyPass)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.client.Closed():
	case <-wake:
	case <-s.exists:
	case <-timer.C:
	}
	return s.command(ctx, "stop waiting for mail", func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
}
