package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A CA is a certificate authority of a test, and one certificate that it
// issued for 127.0.0.1, 127.0.0.2, ::1 and localhost.
type CA struct {
	CAFile   string // the authority's certificate, PEM: what a client must trust
	CertFile string // the server's certificate, PEM
	KeyFile  string // the server's private key, PKCS #8 PEM, readable by its owner only

	pool *x509.CertPool
}

// NewCA makes a certificate authority in dir, which must exist. Its
// certificates hold for a day.
func NewCA(t testing.TB, dir string) *CA {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("make a certificate authority: %v", err)
		}
	}
	ca := &CA{
		CAFile: filepath.Join(dir, "ca.pem"), CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"),
		pool: x509.NewCertPool(),
	}
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Postroom test authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(127, 0, 0, 2), net.IPv6loopback},
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	check(err)
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	check(err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	check(err)

	write := func(path, kind string, der []byte, mode os.FileMode) {
		t.Helper()
		check(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode))
	}
	write(ca.CAFile, "CERTIFICATE", rootDER, 0o644)
	write(ca.CertFile, "CERTIFICATE", leafDER, 0o644)
	write(ca.KeyFile, "PRIVATE KEY", keyDER, 0o600)
	rootCert, err := x509.ParseCertificate(rootDER)
	check(err)
	ca.pool.AddCert(rootCert)
	return ca
}

// TLS returns the configuration of a client that trusts this authority alone.
func (ca *CA) TLS() *tls.Config { return &tls.Config{RootCAs: ca.pool, ServerName: "localhost"} }
