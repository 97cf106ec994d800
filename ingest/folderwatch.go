package ingest

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/postroom/postroom"
)

// gatherChanges is how long further changes are waited for after one: a file
// that is being written tells of each block.
const gatherChanges = 100 * time.Millisecond

// Watch makes passes until ctx ends: when the system tells of a change, when
// wake says that outcomes became known, and every PollInterval, since network
// shares tell nothing.
func (f *Folder) Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	log := f.config.Log.With("source", f.config.Name)
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		log.Info("the system does not tell of changes; the folder is looked at now and then", "every", f.config.PollInterval.String(), "error", err)
	} else {
		defer watcher.Close()
	}
	changes := changesOf(ctx, watcher)
	said := ""
	for {
		began := time.Now()
		p, err := f.pass(ctx, in)
		if ctx.Err() != nil {
			return nil
		}
		trouble := ""
		if err := p.faults.with(err); err != nil {
			if trouble = err.Error(); trouble != said {
				log.Warn("something was left in the folder; it is tried again", "reason", postroom.ReasonOf(err, "unknown"), "error", err)
			}
		} else if said != "" {
			log.Info("the folder is well again")
		}
		said = trouble
		if watcher != nil {
			for _, dir := range p.dirs { // again each time: a share may have gone and come back
				if err := watcher.Add(filepath.Join(f.config.Path, filepath.FromSlash(dir))); err != nil {
					break // the poll remains
				}
			}
		}
		f.await(ctx, p, wake, changes, time.Now().Add(min(4*time.Since(began), time.Minute)))
		if ctx.Err() != nil {
			return nil
		}
	}
}

// await returns when there may be something to do; wake is not answered before rest.
func (f *Folder) await(ctx context.Context, p *folderPass, wake, changes <-chan struct{}, rest time.Time) {
	longest := f.config.PollInterval
	if p.young > 0 {
		longest = min(longest, p.wait)
	}
	if !p.retry.IsZero() {
		longest = min(longest, max(time.Until(p.retry), gatherChanges))
	}
	up := time.NewTimer(longest)
	defer up.Stop()
	var soon <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-up.C:
			return
		case <-soon:
			return
		case <-changes:
			if soon == nil {
				soon = time.After(gatherChanges)
			}
		case <-wake:
			if soon == nil {
				soon = time.After(max(gatherWakes, time.Until(rest)))
			}
		}
	}
}

// changesOf gathers what the watcher tells. Both of its channels are always
// read, or it would stop.
func changesOf(ctx context.Context, watcher *fsnotify.Watcher) <-chan struct{} {
	if watcher == nil {
		return nil
	}
	changes := make(chan struct{}, 1)
	tell := func() {
		select {
		case changes <- struct{}{}:
		default:
		}
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case event, ok := <-watcher.Events:
				if !ok {
					return
				}
				if event.Op != fsnotify.Chmod {
					tell()
				}
			case _, ok := <-watcher.Errors: // events were lost
				if !ok {
					return
				}
				tell()
			}
		}
	}()
	return changes
}
