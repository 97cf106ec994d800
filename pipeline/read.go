package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/riverqueue/river"

	"github.com/postroom/postroom"
)

// A messageRow is what the jobs need of a message.
type messageRow struct {
	seq      int64
	id       postroom.Hash
	source   string
	name     string
	received time.Time
	size     int64
	state    string
	priority int
	contents postroom.Contents
}

func loadMessage(ctx context.Context, q queries, id string) (messageRow, error) {
	m := messageRow{id: postroom.Hash(id)}
	var received int64
	var contents string
	err := q.row(ctx, `SELECT seq, source, name, received, size, state, priority, contents FROM messages WHERE id = ?`, id).
		scan(&m.seq, &m.source, &m.name, &received, &m.size, &m.state, &m.priority, &contents)
	if err != nil {
		return m, fmt.Errorf("load message %s: %w", id, err)
	}
	m.received = fromMicros(received)
	if contents != "" {
		if err := json.Unmarshal([]byte(contents), &m.contents); err != nil {
			return m, fmt.Errorf("load message %s: %w", id, err)
		}
	}
	return m, nil
}

// message returns the noun as it is known before unpacking.
func (m messageRow) message() postroom.Message {
	return postroom.Message{Hash: m.id, Source: m.source, Name: m.name, Received: m.received, Size: m.size}
}

// readMessage takes a message apart, counts the pages of its attachments and
// enqueues the reading of each.
func (p *Pipeline) readMessage(ctx context.Context, id string) error {
	m, err := loadMessage(ctx, p.db, id)
	if err != nil {
		return err
	}
	if m.state != stateTaken {
		return nil // done by an earlier attempt
	}
	raw, release, err := p.files.get(ctx, m.id)
	if err != nil {
		return err
	}
	defer release()
	dir, err := os.MkdirTemp(p.files.dir, "unpack-")
	if err != nil {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	defer os.RemoveAll(dir)
	opened, err := openAttachments(ctx, p.parts, m.message(), raw, dir)
	if err != nil {
		return err
	}
	for _, a := range opened.contents.Attachments {
		if a.Hash == m.id {
			continue
		}
		if err := p.storeOriginal(ctx, a); err != nil {
			return err
		}
	}
	contents, err := json.Marshal(opened.contents)
	if err != nil {
		return err
	}
	err = p.db.inTx(ctx, func(t tx) error {
		// First of all, because it locks the message: of two attempts at once
		// the second one waits here and then finds the work done.
		n, err := t.exec(ctx, `UPDATE messages SET state = ?, contents = ? WHERE id = ? AND state = ?`, stateReading, string(contents), id, stateTaken)
		if err != nil {
			return err
		}
		if n == 0 {
			return errAlreadyDone
		}
		var jobs []river.JobArgs
		for i, a := range opened.contents.Attachments {
			if _, err := t.exec(ctx, `INSERT INTO attachments (message, number, sha256, name, media_type, size, pages, problem)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, id, i, string(a.Hash), a.Name, a.MediaType, a.Size, opened.pages[i], opened.problems[i]); err != nil {
				return err
			}
			for n := 1; n <= opened.pages[i]; n++ {
				if _, err := t.exec(ctx, `INSERT INTO pages (message, attachment, page, state, reason, engine, fate, document)
					VALUES (?, ?, ?, 'waiting', '', '', '', '')`, id, i, n); err != nil {
					return err
				}
				jobs = append(jobs, readPageArgs{id, i, n})
			}
		}
		if callsItselfUrgent(opened.contents.Message) {
			// It neither waits for those before it nor lets those after it wait.
			m.priority = priorityUrgent
			if _, err := t.exec(ctx, `UPDATE messages SET priority = ?, waits = ? WHERE id = ?`, priorityUrgent, waitsApart, id); err != nil {
				return err
			}
		}
		state, left := stateReading, len(jobs)
		if left == 0 {
			state = stateRead
			jobs = append(jobs, sortMessageArgs{id})
		}
		if _, err := t.exec(ctx, `UPDATE messages SET state = ?, pages_left = ? WHERE id = ?`, state, left, id); err != nil {
			return err
		}
		return t.enqueueAt(ctx, m.priority, jobs...)
	})
	return ignoreDone(err)
}

// errAlreadyDone rolls a transaction back whose work another attempt did first.
var errAlreadyDone = errors.New("already done")

// opened is a message taken apart, with what opening its attachments told.
type opened struct {
	contents postroom.Contents
	pages    []int    // of each attachment; 0 when it could not be opened
	problems []string // why not
}

func openAttachments(ctx context.Context, parts Parts, m postroom.Message, raw, dir string) (opened, error) {
	f, err := os.Open(raw)
	if err != nil {
		return opened{}, err
	}
	defer f.Close()
	c, err := parts.Unpack.Unpack(ctx, m, f, dir)
	if err != nil {
		return opened{}, fmt.Errorf("take message %s apart: %w", m.Hash, err)
	}
	o := opened{contents: c, pages: make([]int, len(c.Attachments)), problems: make([]string, len(c.Attachments))}
	for i, a := range c.Attachments {
		n, err := parts.Read.Count(ctx, a)
		switch {
		case postroom.IsBadInput(err):
			o.problems[i] = postroom.ReasonOf(err, "")
		case err != nil:
			return opened{}, fmt.Errorf("open attachment %d of message %s: %w", i+1, m.Hash, err)
		case n == 0:
			o.problems[i] = "it has no pages"
		default:
			o.pages[i] = n
		}
	}
	return o, nil
}

func (p *Pipeline) storeOriginal(ctx context.Context, a postroom.Attachment) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.parts.Objects.Put(ctx, postroom.OriginalKey(a.Hash), f, a.Size, a.Hash); err != nil {
		return fmt.Errorf("store attachment %s: %w", a.Hash, err)
	}
	return nil
}

// readPage reads one page, or takes what was read by the same engine before of the
// same file, or of the same image in another file.
func (p *Pipeline) readPage(ctx context.Context, message string, id postroom.PageID) error {
	var state, sha, name, mediaType string
	var size int64
	err := p.db.row(ctx, `SELECT p.state, a.sha256, a.name, a.media_type, a.size FROM pages p
		JOIN attachments a ON a.message = p.message AND a.number = p.attachment
		WHERE p.message = ? AND p.attachment = ? AND p.page = ?`, message, id.Attachment, id.Page).
		scan(&state, &sha, &name, &mediaType, &size)
	if err != nil {
		return fmt.Errorf("load page %s of message %s: %w", id, message, err)
	}
	if state != "waiting" {
		return nil
	}
	engine := p.parts.Read.Version()
	// The same file often comes twice in a row; the second waits for the first.
	release, err := p.reading.take(ctx, fmt.Sprintf("%s %d", sha, id.Page))
	if err != nil {
		return err
	}
	defer release()
	var known int64
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM readings WHERE sha256 = ? AND page = ? AND engine = ?`, sha, id.Page, engine).scan(&known); err != nil {
		return err
	}
	var image postroom.Hash
	var body []byte
	if known == 0 {
		path, release, err := p.files.get(ctx, postroom.Hash(sha))
		if err != nil {
			return err
		}
		a := postroom.Attachment{Hash: postroom.Hash(sha), Name: name, Path: path, MediaType: mediaType, Size: size}
		page, err := p.parts.Read.Read(ctx, a, id.Page, func(image postroom.Hash) (postroom.Page, bool) {
			return p.readingOf(ctx, image, engine)
		})
		release()
		if err != nil {
			return fmt.Errorf("read page %d of attachment %d of message %s: %w", id.Page, id.Attachment+1, message, err)
		}
		image = page.Image
		if body, err = packPage(page); err != nil {
			return err
		}
	}
	return p.pageDone(ctx, message, id, "read", "", engine, func(t tx) error {
		if known > 0 {
			return nil
		}
		_, err := t.exec(ctx, `INSERT INTO readings (sha256, page, engine, image, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			sha, id.Page, engine, string(image), body)
		return err
	})
}

// failPage notes that a page cannot be read; the message goes on without it.
func (p *Pipeline) failPage(ctx context.Context, message string, id postroom.PageID, reason string) error {
	return p.pageDone(ctx, message, id, "failed", reason, "", func(tx) error { return nil })
}

// pageDone notes a page's end and, with the last one, enqueues the sorting.
func (p *Pipeline) pageDone(ctx context.Context, message string, id postroom.PageID, state, reason, engine string, also func(tx) error) error {
	err := p.db.inTx(ctx, func(t tx) error {
		if err := also(t); err != nil {
			return err
		}
		n, err := t.exec(ctx, `UPDATE pages SET state = ?, reason = ?, engine = ?
			WHERE message = ? AND attachment = ? AND page = ? AND state = 'waiting'`, state, reason, engine, message, id.Attachment, id.Page)
		if err != nil {
			return err
		}
		if n == 0 {
			return errAlreadyDone
		}
		// The update locks the row, so of two last pages one sees the other.
		if _, err := t.exec(ctx, `UPDATE messages SET pages_left = pages_left - 1 WHERE id = ?`, message); err != nil {
			return err
		}
		n, err = t.exec(ctx, `UPDATE messages SET state = ? WHERE id = ? AND state = ? AND pages_left = 0`, stateRead, message, stateReading)
		if err != nil || n == 0 {
			return err
		}
		var priority int
		if err := t.row(ctx, `SELECT priority FROM messages WHERE id = ?`, message).scan(&priority); err != nil {
			return err
		}
		return t.enqueueAt(ctx, priority, sortMessageArgs{message})
	})
	if err == nil {
		p.observer().Count(CountPages, 1)
	}
	return ignoreDone(err)
}

func ignoreDone(err error) error {
	if errors.Is(err, errAlreadyDone) {
		return nil
	}
	return err
}

func packPage(page postroom.Page) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(page); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpackPage(body []byte) (page postroom.Page, err error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return page, err
	}
	return page, json.NewDecoder(z).Decode(&page)
}
