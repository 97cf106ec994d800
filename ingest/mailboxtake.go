package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/postroom/postroom"
)

// take hands over the new messages. Its error is what ends the pass.
func (m *Mailbox) take(ctx context.Context, s *session, in postroom.Intake, p *pass, fresh []imap.UID) error {
	var uids []imap.UID
	for _, uid := range fresh {
		if h, ok := m.held.blocked(uid); ok {
			p.faults.add(h.err)
			p.retryAt(h.until)
			continue
		}
		uids = append(uids, uid)
	}
	if len(uids) == 0 {
		return nil
	}
	facts, err := s.facts(ctx, uids)
	if err != nil {
		return err
	}
	for _, uid := range uids {
		fact, ok := facts[uid]
		if !ok {
			continue // somebody deleted it meanwhile
		}
		a := postroom.Arrival{ID: m.arrival(s, uid), Received: fact.InternalDate.UTC(), Size: fact.RFC822Size}
		taken, err := s.takeOne(ctx, in, uid, a)
		switch {
		case err == nil:
			p.inARow, p.progress = 0, p.progress || taken
			delete(m.held, uid)
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		}
		err = fmt.Errorf("message with UID %d of %s: %w", uid, m.config.Name, err)
		if isBroken(err) {
			m.held.cut(uid, err)
			return err
		}
		if err := p.fail(err); err != nil {
			return err
		}
		p.retryAt(m.held.put(uid, err))
	}
	return nil
}

// facts asks for what is known of messages besides their bytes. It comes first
// and for many at once, since a server may send it after the body, when it is
// too late. What is missing in the answer has gone.
func (s *session) facts(ctx context.Context, uids []imap.UID) (map[imap.UID]*imapclient.FetchMessageBuffer, error) {
	facts := make(map[imap.UID]*imapclient.FetchMessageBuffer, len(uids))
	err := s.askFacts(ctx, uids, facts)
	var missing imap.UIDSet
	for _, uid := range uids {
		if facts[uid] == nil {
			missing.AddNum(uid)
		}
	}
	if err != nil && !isRefusal(err) || len(missing) == 0 {
		return facts, err
	}
	// A server may refuse the whole command because one message has gone, and
	// news of changed flags in between can hide an answer from the library.
	left, err := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{missing}})
	if err != nil {
		return nil, err
	}
	for _, uid := range left {
		if err := s.askFacts(ctx, []imap.UID{uid}, facts); err != nil && !isRefusal(err) {
			return nil, err
		}
		if facts[uid] == nil { // its body may come all the same
			facts[uid] = &imapclient.FetchMessageBuffer{UID: uid, InternalDate: time.Now()}
		}
	}
	return facts, nil
}

func (s *session) askFacts(ctx context.Context, uids []imap.UID, facts map[imap.UID]*imapclient.FetchMessageBuffer) error {
	return s.work(ctx, "tell of new mail", func() error {
		msgs, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}).Collect()
		for _, msg := range msgs {
			if !msg.InternalDate.IsZero() {
				facts[msg.UID] = msg
			}
		}
		return err
	})
}

func isRefusal(err error) bool {
	var refused *imap.Error
	return errors.As(err, &refused) && !isBroken(err)
}

// stillThere returns nil when the message has gone, so that a refusal needs no
// more explaining, and otherwise the refusal.
func (s *session) stillThere(ctx context.Context, uid imap.UID, refusal error) error {
	left, err := s.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(uid)}})
	if err != nil || len(left) == 0 {
		return err
	}
	return refusal
}

// takeOne streams one message from the server to the intake. It reports false
// and no error for a message that somebody deleted meanwhile.
func (s *session) takeOne(ctx context.Context, in postroom.Intake, uid imap.UID, a postroom.Arrival) (bool, error) {
	// An answer that tells only of changed flags can be taken for the one with
	// the body by the library, so it is asked once more.
	var refusal error
	for range 2 {
		given, takeErr, err := s.fetch(ctx, in, uid, a)
		switch {
		case isBroken(err) || ctx.Err() != nil:
			return false, err
		case given:
			return takeErr == nil, takeErr
		}
		refusal = err
	}
	if refusal == nil {
		refusal = &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server does not hand a message over", Hint: "open the mail in a mail program; if that works, forward it to the same mailbox", Err: errNotGiven}
	} else {
		refusal = fmt.Errorf("%w: %w", errNotGiven, refusal)
	}
	return false, s.stillThere(ctx, uid, refusal)
}

// fetch asks for a message's bytes once. given says that the intake had them
// in full; takeErr is the intake's answer then.
func (s *session) fetch(ctx context.Context, in postroom.Intake, uid imap.UID, a postroom.Arrival) (given bool, takeErr, err error) {
	err = s.stream(ctx, "send a message", func() error {
		// Peek: a plain fetch would mark the mail as seen.
		section := &imap.FetchItemBodySection{Peek: true}
		command := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		for msg := command.Next(); msg != nil; msg = command.Next() {
			for item := msg.Next(); item != nil; item = msg.Next() {
				part, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || part.Literal == nil || given {
					continue // Next discards it
				}
				given = true
				body := &wholeReader{r: part.Literal, left: part.Literal.Size()}
				takeErr = in.Take(ctx, a, body)
				if takeErr == nil && !body.done {
					// The contract of Intake: nil means that all of it was read.
					takeErr = fmt.Errorf("the message was taken without %d of its bytes", body.left)
				}
				if body.err != nil {
					// The library reads on by itself now; Next and Close would read
					// the same bytes beside it.
					s.conn.Conn.Close()
					return body.err
				}
			}
		}
		return command.Close()
	})
	return given, takeErr, err
}

// A wholeReader yields a message or an error, never a part of one: when the
// connection ends in the middle, the library's reader ends like a complete one.
type wholeReader struct {
	r    io.Reader
	left int64
	done bool
	err  error // what ended it early
}

func (w *wholeReader) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	w.left -= int64(n)
	switch {
	case err == io.EOF && w.left > 0:
		w.err = io.ErrUnexpectedEOF
		return n, w.err
	case err == io.EOF:
		w.done = true
	case err != nil:
		w.err = err
	}
	return n, err
}
