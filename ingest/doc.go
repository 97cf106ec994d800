// Package ingest brings messages in: it watches mailboxes and folders, hands
// what arrives to the pipeline, and takes messages apart into attachments.
//
// [Mailbox] reads an IMAP mailbox (RFC 9051, RFC 3501), [Folder] a folder that a
// scanner writes into, and [Files] files that somebody named. All promise:
//
//   - An arrival is handed over with its bytes once; only when the intake knows
//     its outcome is it moved or flagged where it arrived.
//   - Nothing is removed that was not copied first, and a server or a disk that
//     fails half way leaves the arrival where it was.
//   - One arrival that fails does not stop the others.
//   - A message that breaks off on its way, or a file that changes while it is
//     read, is never taken for a complete one.
//   - No wait is without an end: a server that falls silent is given up.
//
// A source runs in one goroutine, and one process at a time may read it.
//
// [Unpack] takes a message apart: what is a document becomes an attachment, and
// every other part is named with the reason why not.
package ingest
