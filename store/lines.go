package store

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/postroom/postroom"
)

// longestLine bounds a line that is read: a record of a 1,000-page fax has about 3 MB.
const longestLine = 256 << 20

// lines reads newline-delimited JSON.
type lines struct {
	r      *bufio.Reader
	number int // of the last line, from 1
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line with its newline; empty lines are passed over.
// The last line may lack its newline.
func (l *lines) next() ([]byte, error) {
	for {
		var line []byte
		for {
			part, err := l.r.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > longestLine {
				return nil, postroom.Bad(errors.New("line too long"), "a line is longer than a record can be", "")
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			if err == io.EOF && len(line) > 0 {
				err = nil
			}
			if err != nil {
				return nil, err
			}
			break
		}
		l.number++
		if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
	}
}
