package ocr

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/confine"
)

// The parent and a child speak over a pair of connected sockets, which is the
// child's standard input. Both ways go frames: the length of a JSON header and the
// length of a body, as 32 bits each, high byte first, then both. Each request
// names its files and is followed by one byte for each, which carries the
// opened file itself (SCM_RIGHTS, unix(7)): so a child needs to open nothing.
// An answer is any number of frames with More set, and a last one without. Any of
// them may ask a question (Image, Wanted), which is answered by a request opGoOn.

// Frames beyond these are a fault of the other side.
const (
	maxHeader = 64 << 20
	maxBody   = 64 << 20
)

// An op is what a child is asked to do.
type op string

const (
	opHello      op = "hello"   // load the models with the settings
	opPrepare    op = "prepare" // fill the renderer's cache, and nothing else
	opInspect    op = "inspect"
	opRead       op = "read"
	opImage      op = "image"
	opSearchable op = "searchable"
	opGoOn       op = "go on" // the answer to a child's question
)

type request struct {
	Op       op             `json:"op"`
	Settings *settings      `json:"settings,omitempty"` // opHello, opPrepare
	Files    []fileRef      `json:"files,omitempty"`
	Page     int            `json:"page,omitempty"`    // opRead, opImage: of the first file
	Image    *ImageOptions  `json:"image,omitempty"`   // opImage
	Meta     *DocumentMeta  `json:"meta,omitempty"`    // opSearchable
	Pages    []int          `json:"pages,omitempty"`   // opSearchable: the file of each page, an index into Files
	Turn     *int           `json:"turn,omitempty"`    // opRead: turn the page by so much in place of finding out
	Ask      bool           `json:"ask,omitempty"`     // opRead: ask with the image's hash before reading it
	Known    bool           `json:"known,omitempty"`   // opGoOn: it need not be read
	Reading  *postroom.Page `json:"reading,omitempty"` // opGoOn: the page that was wanted

	known func(image postroom.Hash) bool     // with Ask
	load  func(i int) (postroom.Page, error) // with Pages
}

// settings is what a child has to know of the configuration.
type settings struct {
	Languages []string    `json:"languages"`
	Models    string      `json:"models"`
	Engine    string      `json:"engine"`
	Open      openOptions `json:"open"`
	Limits    Limits      `json:"limits"`
}

// A fileRef describes a file that is handed over with a request.
type fileRef struct {
	Hash      postroom.Hash `json:"sha256"`
	Name      string        `json:"name"`
	MediaType string        `json:"media_type"`
}

type response struct {
	Problem *wireProblem   `json:"problem,omitempty"`
	Info    *Info          `json:"info,omitempty"`
	Page    *postroom.Page `json:"page,omitempty"`
	Drawn   []DrawnPage    `json:"drawn,omitempty"` // opSearchable
	More    bool           `json:"more,omitempty"`  // the body is a piece, others follow
	Memory  int64          `json:"memory"`          // bytes that the child uses now

	Image    postroom.Hash  `json:"image,omitempty"`    // was a page of this image read before?
	Wanted   *int           `json:"wanted,omitempty"`   // what was read of this one of the request's pages?
	Confined *confine.State `json:"confined,omitempty"` // opHello
}

// A wireProblem is an error on its way from a child.
type wireProblem struct {
	Kind   postroom.ProblemKind `json:"kind"` // 0: no postroom.Problem
	Reason string               `json:"reason,omitempty"`
	Hint   string               `json:"hint,omitempty"`
	Cause  string               `json:"cause,omitempty"`
}

func toWire(err error) *wireProblem {
	var p *postroom.Problem
	if errors.As(err, &p) {
		w := &wireProblem{Kind: p.Kind, Reason: p.Reason, Hint: p.Hint}
		if p.Err != nil {
			w.Cause = p.Err.Error()
		}
		return w
	}
	return &wireProblem{Cause: err.Error()}
}

func (w *wireProblem) err() error {
	var cause error
	if w.Cause != "" {
		cause = errors.New(w.Cause)
	}
	if w.Kind == 0 {
		return cause
	}
	return &postroom.Problem{Kind: w.Kind, Reason: w.Reason, Hint: w.Hint, Err: cause}
}

func writeFrame(w io.Writer, header any, body []byte) error {
	h, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("write a frame's header: %w", err)
	}
	if len(h) > maxHeader || len(body) > maxBody {
		return fmt.Errorf("a frame of %d and %d bytes is too long", len(h), len(body))
	}
	buf := make([]byte, 8, 8+len(h)+len(body))
	binary.BigEndian.PutUint32(buf, uint32(len(h)))
	binary.BigEndian.PutUint32(buf[4:], uint32(len(body)))
	_, err = w.Write(append(append(buf, h...), body...))
	return err
}

// readFrame reads exactly one frame and not a byte more, since files may follow.
func readFrame(r io.Reader, header any) (body []byte, err error) {
	var lengths [8]byte
	if _, err := io.ReadFull(r, lengths[:]); err != nil {
		return nil, err
	}
	h, b := binary.BigEndian.Uint32(lengths[:4]), binary.BigEndian.Uint32(lengths[4:])
	if h > maxHeader || b > maxBody {
		return nil, fmt.Errorf("a frame announces %d and %d bytes, which is too much", h, b)
	}
	raw, err := readExactly(r, int(h))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, header); err != nil {
		return nil, fmt.Errorf("read a frame's header: %w", err)
	}
	return readExactly(r, int(b))
}

// readExactly reads n bytes, taking memory only as they come.
func readExactly(r io.Reader, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	const step = 1 << 20
	buf := make([]byte, 0, min(n, step))
	for len(buf) < n {
		at := len(buf)
		buf = append(buf, make([]byte, min(step, n-at))...)
		if _, err := io.ReadFull(r, buf[at:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return buf, nil
}

func sendFile(c *net.UnixConn, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		_, _, sent = c.WriteMsgUnix([]byte{'F'}, syscall.UnixRights(int(fd)), nil)
	})
	return errors.Join(err, sent)
}

func receiveFile(c *net.UnixConn) (*os.File, error) {
	mark, oob := make([]byte, 1), make([]byte, syscall.CmsgSpace(4))
	n, oobn, _, _, err := c.ReadMsgUnix(mark, oob)
	if err != nil {
		return nil, err
	}
	if n != 1 || mark[0] != 'F' {
		return nil, errors.New("a file was announced and did not come")
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return nil, fmt.Errorf("a file came without its descriptor: %w", err)
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, fmt.Errorf("a file came without its descriptor: %w", err)
	}
	syscall.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "attachment"), nil
}
