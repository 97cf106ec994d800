package store

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"time"

	"github.com/postroom/postroom"
)

// MLLPConfig says where HL7 v2 messages go.
type MLLPConfig struct {
	Address  string        // host:port
	CAFile   string        // PEM; the system's authorities when empty
	CertFile string        // the client's certificate and key, PEM
	KeyFile  string        //
	Timeout  time.Duration // for a connection and for each answer; 30 seconds
	// Plain sends without TLS: only for a receiver on the same machine.
	Plain bool
}

// An MLLP sends HL7 v2 messages by the Minimal Lower Layer Protocol (release 1) over
// TLS, one at a time. It connects when it needs to. It is not for use by several goroutines.
type MLLP struct {
	config MLLPConfig
	tls    *tls.Config
	conn   net.Conn
	in     *bufio.Reader
}

// ErrRefused says that the receiver understood a message and will not take it.
var ErrRefused = errors.New("refused by the receiver")

// A Refusal is what a receiver said. Its Said can hold patient data.
type Refusal struct{ Code, Said string }

func (r *Refusal) Error() string { return "the receiver answered " + r.Code }

// Refusal is what the receiver said, for the screen.
func (r *Refusal) Refusal() string { return r.Code + " " + r.Said }

func (r *Refusal) Is(target error) bool { return target == ErrRefused }

// OpenMLLP checks the configuration; it does not connect yet.
func OpenMLLP(c MLLPConfig) (*MLLP, error) {
	wrong := func(reason string, err error) (*MLLP, error) {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: "correct it in the configuration", Err: err}
	}
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return wrong("the HL7 receiver's address is not host:port", err)
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	m := &MLLP{config: c}
	if c.Plain {
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return wrong("HL7 messages are sent without TLS to this machine only", nil)
		}
		return m, nil
	}
	m.tls = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return wrong("the certificate of the HL7 receiver's authority cannot be read", err)
		}
		m.tls.RootCAs = x509.NewCertPool()
		if !m.tls.RootCAs.AppendCertsFromPEM(pem) {
			return wrong("there is no certificate in "+c.CAFile, nil)
		}
	}
	if c.CertFile != "" || c.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return wrong("the client's certificate for the HL7 receiver cannot be read", err)
		}
		m.tls.Certificates = []tls.Certificate{pair}
	}
	return m, nil
}

// maxAck bounds an answer, in bytes.
const maxAck = 1 << 20

// Send sends a message and waits for its acknowledgement; nil means that the
// receiver has it (AA or CA). A [Refusal] says that it will not take it. Any
// other error is a Temporary problem: whether the message arrived is not known,
// and it is to be sent again under the same control id.
func (m *MLLP) Send(ctx context.Context, message []byte, control string) error {
	ack, err := m.exchange(ctx, message, control)
	if err != nil {
		m.Close()
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the HL7 receiver cannot be reached or does not answer", Hint: "nothing is lost: it is sent again", Err: err}
	}
	switch ack.Code {
	case "AA", "CA":
		return nil
	}
	return &Refusal{ack.Code, ack.Text}
}

func (m *MLLP) exchange(ctx context.Context, message []byte, control string) (HL7Ack, error) {
	// A connection that the receiver closed meanwhile is noticed at its use:
	// the message is sent again at once, on a new one.
	fresh := m.conn == nil
	ack, err := m.once(ctx, message, control)
	if err != nil && !fresh && ctx.Err() == nil {
		m.Close()
		ack, err = m.once(ctx, message, control)
	}
	return ack, err
}

func (m *MLLP) once(ctx context.Context, message []byte, control string) (HL7Ack, error) {
	ctx, cancel := context.WithTimeout(ctx, m.config.Timeout)
	defer cancel()
	if err := m.connect(ctx); err != nil {
		return HL7Ack{}, err
	}
	conn := m.conn
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	frame := make([]byte, 0, len(message)+3)
	frame = append(append(append(frame, 0x0b), message...), 0x1c, '\r')
	if _, err := conn.Write(frame); err != nil {
		return HL7Ack{}, err
	}
	for {
		b, err := readFrame(m.in)
		if err != nil {
			return HL7Ack{}, err
		}
		ack, err := ParseAck(b)
		if err != nil {
			return ack, err
		}
		// The late answer to an earlier message is no answer to this one.
		if ack.Control == control {
			return ack, nil
		}
	}
}

// connect makes the connection unless there is one.
func (m *MLLP) connect(ctx context.Context) error {
	if m.conn != nil {
		return nil
	}
	var conn net.Conn
	var err error
	if m.tls == nil {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", m.config.Address)
	} else {
		conn, err = (&tls.Dialer{Config: m.tls}).DialContext(ctx, "tcp", m.config.Address)
	}
	if err == nil {
		m.conn, m.in = conn, bufio.NewReader(conn)
	}
	return err
}

// Check makes a connection; nothing is sent. With TLS 1.3 a receiver that does not take our
// certificate says so later only.
func (m *MLLP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.config.Timeout)
	defer cancel()
	defer m.Close()
	if err := m.connect(ctx); err != nil {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the HL7 receiver cannot be reached", Hint: "look at the address, the certificates and the firewall", Err: err}
	}
	return nil
}

// readFrame reads one frame: 0x0B, the message, 0x1C 0x0D.
func readFrame(in *bufio.Reader) ([]byte, error) {
	for {
		c, err := in.ReadByte()
		if err != nil {
			return nil, err
		}
		if c == 0x0b {
			break
		}
	}
	var out []byte
	for {
		c, err := in.ReadByte()
		if err != nil {
			return nil, err
		}
		if c == 0x1c {
			if next, err := in.ReadByte(); err != nil || next != '\r' {
				return nil, errors.New("a frame ends in a wrong way")
			}
			return out, nil
		}
		if out = append(out, c); len(out) > maxAck {
			return nil, errors.New("the answer is too long")
		}
	}
}

// Close ends the connection; the next Send makes another.
func (m *MLLP) Close() {
	if m.conn != nil {
		m.conn.Close()
		m.conn = nil
	}
}
