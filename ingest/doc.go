// Package ingest brings messages in: it watches mailboxes and folders, hands
// what arrives to the pipeline, and takes messages apart into attachments.
//
// [Mailbox] reads an IMAP mailbox (RFC 9051, RFC 3501) and [Folder] a folder
// that a scanner writes into. Both promise:
//
//   - An arrival is handed over with its bytes once; only when the intake knows
//     its outcome is it moved or flagged where it arrived.
//   - Nothing is removed that was not copied first, and a server or a disk that
//     fails half way leaves the arrival where it was.
//   - One arrival that fails does not stop the others.
//   - No wait is without an end: a server that falls silent is given up.
//
// [Unpack] takes a message apart: what is a document becomes an attachment, and
// every other part is named with the reason why not.
package ingest
