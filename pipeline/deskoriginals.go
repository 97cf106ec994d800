package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/postroom/postroom"
)

// A DeskOriginal is a file as it arrived, in the message that a document came in.
type DeskOriginal struct {
	Hash      postroom.Hash
	Name      string // as the sender named it; never a path
	MediaType string // by its bytes; message/rfc822 for the mail itself
	Size      int64  // bytes
	Pages     int    // 0 when it could not be opened
	Problem   string // why not
	Message   bool   // it is the mail or file itself, with all that it carries
}

// A DeskMessage is the message that a document came in, taken apart.
type DeskMessage struct {
	postroom.Contents
	Originals []DeskOriginal
}

// MessageOf returns the message that a document came in, or ErrNoDocument.
func (p *Pipeline) MessageOf(ctx context.Context, id string) (d DeskMessage, err error) {
	var message string
	err = p.db.row(ctx, `SELECT message FROM documents WHERE id = ?`, id).scan(&message)
	if errors.Is(err, errNoRows) {
		return d, ErrNoDocument
	}
	if err != nil {
		return d, fmt.Errorf("load document %s: %w", shortID(id), err)
	}
	m, err := loadMessage(ctx, p.db, message)
	if err != nil {
		return d, err
	}
	d.Contents = m.contents
	whole := DeskOriginal{Hash: m.id, Name: m.name, MediaType: "application/octet-stream", Size: m.size, Message: true}
	if m.name == "" {
		whole.Name, whole.MediaType = "message.eml", "message/rfc822"
	}
	d.Originals = append(d.Originals, whole)
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var o DeskOriginal
		var sum string
		if err := scan(&sum, &o.Name, &o.MediaType, &o.Size, &o.Pages, &o.Problem); err != nil {
			return err
		}
		if o.Hash = postroom.Hash(sum); o.Hash == m.id { // a file that is its own message
			o.Message = true
			d.Originals[0] = o
			return nil
		}
		d.Originals = append(d.Originals, o)
		return nil
	}, `SELECT sha256, name, media_type, size, pages, problem FROM attachments WHERE message = ? ORDER BY number`, message)
	if err != nil {
		return d, fmt.Errorf("load the originals of document %s: %w", shortID(id), err)
	}
	return d, nil
}

// OpenOriginal opens one of the files of the message that a document came in.
// ErrNoDocument is returned for any other file.
func (p *Pipeline) OpenOriginal(ctx context.Context, id string, hash postroom.Hash) (DeskOriginal, io.ReadCloser, error) {
	d, err := p.MessageOf(ctx, id)
	if err != nil {
		return DeskOriginal{}, nil, err
	}
	for _, o := range d.Originals {
		if o.Hash == hash {
			f, err := p.parts.Objects.Open(ctx, postroom.OriginalKey(hash))
			if err != nil {
				return o, nil, fmt.Errorf("open an original of document %s: %w", shortID(id), err)
			}
			return o, f, nil
		}
	}
	return DeskOriginal{}, nil, ErrNoDocument
}
