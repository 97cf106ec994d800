package ocr

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/tetratelabs/wazero"
)

// privateCache returns the folder of the PDF renderer's compiled code below dir. It
// is made when it is not there; "" means that there is none that can be trusted,
// since who writes there decides what runs here.
func privateCache(dir string) string {
	if dir == "" {
		return ""
	}
	private := filepath.Join(dir, "pdfium")
	if err := os.MkdirAll(private, 0o700); err != nil {
		return ""
	}
	info, err := os.Lstat(private)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ownedByUs(info) {
		return ""
	}
	return private
}

// openCodeCache returns the cache below dir, or nil.
func openCodeCache(dir string) wazero.CompilationCache {
	private := privateCache(dir)
	if private == "" {
		return nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(private)
	if err != nil {
		return nil
	}
	return cache
}

// fillCache compiles the PDF renderer into the cache below dir.
func fillCache(dir string) (err error) {
	defer rescue("compile pdfium", &err)
	private := privateCache(dir)
	if private == "" {
		return errors.New("the cache's folder can't be made, or belongs to somebody else")
	}
	cache, err := wazero.NewCompilationCacheWithDir(private)
	if err != nil {
		return fmt.Errorf("open the cache: %w", err)
	}
	if _, err := newDrawerPool(drawerMemory, cache); err != nil {
		return fmt.Errorf("compile pdfium: %w", err)
	}
	return os.WriteFile(filepath.Join(private, filledMark), []byte(rendererVersion()), 0o600)
}

// filledMark is the file that says for which renderer the cache was filled.
const filledMark = "filled"

func cacheIsFilled(dir string) bool {
	private := privateCache(dir)
	if private == "" {
		return true // and nothing would come of filling it
	}
	mark, err := os.ReadFile(filepath.Join(private, filledMark))
	return err == nil && string(mark) == rendererVersion()
}

// rendererVersion names what compiled code depends on, as far as this process knows.
func rendererVersion() string {
	version := runtime.GOOS + " " + runtime.GOARCH
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/tetratelabs/wazero" || m.Path == "github.com/klippa-app/go-pdfium" {
				version += " " + m.Path + " " + m.Version
			}
		}
	}
	return version
}
