package ocr

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/confine"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// RunChildIfAsked makes this process a child of a Reader, and does not return,
// when a Reader started it. Call it first thing in main and TestMain.
func RunChildIfAsked() {
	if IsChild() {
		os.Exit(ServeChild())
	}
}

// IsChild reports whether a Reader started this process as its child.
func IsChild() bool { return os.Getenv(childMark) == "1" }

// ServeChild answers a Reader's requests on standard input, which has to be the
// connection that the Reader made, until the Reader goes away. It returns the
// exit code. It is what the hidden command "postroom reader" does.
func ServeChild() int {
	complain := func(err error) int {
		fmt.Fprintln(os.Stderr, "postroom reader:", err)
		return 1
	}
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return complain(errors.New("this command is started by postroom itself, not by hand"))
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return complain(errors.New("this command is started by postroom itself, not by hand"))
	}
	// The parent decides when to end: a Ctrl-C is sent to the whole group.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	watchComputingTime()

	requests := make(chan incoming)
	go receive(socket, requests)
	s := &server{conn: socket, requests: requests}
	for in := range requests {
		if err := s.serve(in); err != nil {
			return complain(err)
		}
	}
	return 0
}

type incoming struct {
	request
	opened []*os.File
}

// receive reads requests ahead of the work, so that the end of the parent is
// seen, and ends the process, in the middle of a page too.
func receive(c *net.UnixConn, to chan<- incoming) {
	for {
		var in incoming
		if _, err := readFrame(c, &in.request); err != nil {
			os.Exit(0)
		}
		for range in.Files {
			f, err := receiveFile(c)
			if err != nil {
				os.Exit(0)
			}
			in.opened = append(in.opened, f)
		}
		to <- in
	}
}

// A server is a child's state between requests.
type server struct {
	conn     *net.UnixConn
	requests <-chan incoming
	settings settings
	engine   recogniser
	second   *secondReader
	file     *openFile // the last one, since its other pages come next
}

// An openFile is an attachment that is open.
type openFile struct {
	ref    fileRef
	data   []byte
	opened opened
}

func (f *openFile) close() {
	if f.opened != nil {
		f.opened.Close()
	}
	unmap(f.data)
}

// serve answers one request. Its error means that the parent is gone.
func (s *server) serve(in incoming) error {
	defer func() {
		for _, f := range in.opened {
			f.Close()
		}
	}()
	if in.Op != opHello && in.Op != opPrepare {
		allowComputingTime(s.settings.Limits.PageTime * time.Duration(max(1, len(in.Pages))))
	}
	answer, body, err := s.answer(in)
	if err != nil {
		answer = response{Problem: toWire(err)}
		body = nil
	}
	answer.Memory = memoryInUse()
	return writePieces(s.conn, answer, body)
}

// writePieces sends a body of any length, and the answer with its last piece.
func writePieces(w io.Writer, answer response, body []byte) error {
	const piece = 1 << 20
	for len(body) > piece {
		if err := writeFrame(w, response{More: true}, body[:piece]); err != nil {
			return err
		}
		body = body[piece:]
	}
	return writeFrame(w, answer, body)
}

func (s *server) answer(in incoming) (response, []byte, error) {
	switch in.Op {
	case opHello:
		state := confine.Now()
		return response{Confined: &state}, nil, s.hello(*in.Settings)
	case opPrepare:
		return response{}, nil, fillCache(in.Settings.Open.CacheDir)
	case opInspect:
		f, err := s.open(in, 0)
		if err != nil {
			return response{}, nil, err
		}
		return response{Info: &Info{Pages: f.opened.Pages()}}, nil, nil
	case opRead:
		page, err := s.read(in)
		return response{Page: page}, nil, err
	case opImage:
		body, err := s.image(in)
		return response{}, body, err
	case opSearchable:
		drawn, err := s.searchable(in)
		return response{Drawn: drawn}, nil, err
	default:
		return response{}, nil, fmt.Errorf("a request %q is not known", in.Op)
	}
}

// hello loads the models, once, and gives up what is not needed from then on.
func (s *server) hello(set settings) error {
	if !tesseract.SingleThreaded() {
		return errors.New("a reading process was started without OMP_THREAD_LIMIT=1")
	}
	if err := limitProcess(set.Limits); err != nil {
		return err
	}
	s.settings = set
	engine, err := newRecogniser(set.Languages, set.Models)
	if err == nil {
		s.second, err = newSecondReader(set.Languages, set.Models)
	}
	if err != nil {
		return &postroom.Problem{
			Kind: postroom.Misconfigured, Reason: "Tesseract could not load its models", Hint: "run postroom doctor", Err: err,
		}
	}
	s.engine = engine
	return nil
}

// open opens file i of the request, or takes the one that is open already.
func (s *server) open(in incoming, i int) (*openFile, error) {
	if i >= len(in.opened) {
		return nil, errors.New("the request has no such file")
	}
	ref := in.Files[i]
	if s.file != nil && s.file.ref == ref && ref.Hash != "" {
		return s.file, nil
	}
	if s.file != nil {
		s.file.close()
		s.file = nil
		// What the last file took is given back before the next one takes its own.
		runtime.GC()
	}
	data, err := mapFile(in.opened[i])
	if err != nil {
		return nil, err
	}
	o, err := openAs(ref.MediaType, data, s.settings.Open)
	if err != nil {
		unmap(data)
		return nil, err
	}
	if n := o.Pages(); n > s.settings.Open.MaxPages {
		o.Close()
		unmap(data)
		return nil, postroom.Bad(nil, fmt.Sprintf("the file has %d pages, more than the limit of %d", n, s.settings.Open.MaxPages),
			"ask for it in parts, or raise limits.max_pages")
	}
	s.file = &openFile{ref: ref, data: data, opened: o}
	return s.file, nil
}

// openAs opens the bytes as the media type says.
func openAs(mediaType string, data []byte, o openOptions) (opened, error) {
	if len(data) == 0 {
		return nil, postroom.Bad(nil, "the file is empty", "ask the sender to send it again")
	}
	open := map[string]openFunc{
		postroom.TIFF: openTIFF,
		postroom.JPEG: openPicture,
		postroom.PNG:  openPicture,
		postroom.PDF:  openPDF,
	}[mediaType]
	if open == nil {
		return nil, postroom.Bad(nil, fmt.Sprintf("files of the type %q can't be read", mediaType), "ask for a PDF or a TIFF")
	}
	return open(data, o)
}

// page opens the file of the request and returns its page, which get takes out of it.
func (s *server) page(in incoming, get func(opened, int) (rawPage, error)) (rawPage, error) {
	f, err := s.open(in, 0)
	if err != nil {
		return rawPage{}, err
	}
	if in.Page < 1 || in.Page > f.opened.Pages() {
		return rawPage{}, postroom.Bad(nil, fmt.Sprintf("the file has no page %d: it has %d", in.Page, f.opened.Pages()), "")
	}
	return get(f.opened, in.Page)
}

// read returns nil when the parent knows the page's image.
func (s *server) read(in incoming) (*postroom.Page, error) {
	raw, err := s.page(in, opened.Page)
	if err != nil {
		return nil, err
	}
	var image postroom.Hash
	if in.Ask && raw.Text != postroom.TextPDF {
		decoded, err := decode(raw, s.settings.Open.MaxPixels)
		if err != nil {
			return nil, err
		}
		raw.decoded = &decoded
		if image, err = decoded.hash(); err != nil {
			return nil, err
		}
		known, err := s.askWhetherKnown(image)
		if err != nil {
			return nil, err
		}
		if known {
			decoded.pix.Close()
			return nil, nil
		}
	}
	raw.upright, raw.why, raw.pageTime = in.Turn, personSaid, s.settings.Limits.PageTime
	page, err := readPage(raw, s.engine, s.second, s.settings.Open.MaxPixels)
	if err != nil {
		return nil, err
	}
	page.Attachment, page.Hash, page.Number = in.Files[0].Name, in.Files[0].Hash, in.Page
	page.Engine, page.Image = s.settings.Engine, image
	return &page, nil
}

func (s *server) image(in incoming) ([]byte, error) {
	raw, err := s.page(in, opened.Picture)
	if err != nil {
		return nil, err
	}
	return showPage(raw, *in.Image, s.settings.Open.MaxPixels)
}

// A pieceWriter sends what is written to it as pieces of an answer.
type pieceWriter struct{ to io.Writer }

func (w pieceWriter) Write(b []byte) (int, error) {
	const piece = 1 << 20
	for at := 0; at < len(b); at += piece {
		if err := writeFrame(w.to, response{More: true}, b[at:min(at+piece, len(b))]); err != nil {
			return at, err
		}
	}
	return len(b), nil
}
