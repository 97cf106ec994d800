package ocr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"sync"
	"time"

	gopdfium "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/postroom/postroom"
)

// drawerMemory bounds what pdfium may take for one file, in WebAssembly pages of
// 64 KiB: 64 MiB. A page that needs more fails alone, and is tried once more with
// drawerMemoryMost before it is given up.
const (
	drawerMemory     = 1024
	drawerMemoryMost = 3072
)

var (
	errDrawerPassword = errors.New("pdfium asks for a password")
	errDrawerMemory   = errors.New("pdfium broke off, probably for want of memory")
)

// A pdfium is one file open in pdfium, in a WebAssembly sandbox of its own
// without files or network.
type pdfium struct {
	instance gopdfium.Pdfium
	doc      references.FPDF_DOCUMENT
	data     []byte
	password string
	cacheDir string
	memory   uint32
	broken   bool // a trap happened: the sandbox's memory is in an unknown state
}

// A drawerPool is pdfium's compiled program. Compiling takes seconds, so the
// process keeps it.
type drawerPool struct {
	sync.Mutex
	pools map[uint32]gopdfium.Pool
	code  wazero.CompilationCache // shared by the pools
}

var drawers = drawerPool{pools: map[uint32]gopdfium.Pool{}}

// pool returns pdfium compiled for a memory limit. cacheDir, if given, holds
// compiled code between processes; it is made readable for its owner only, and not
// used when it is not, since who writes there decides what runs here.
func (d *drawerPool) pool(memory uint32, cacheDir string) (gopdfium.Pool, error) {
	d.Lock()
	defer d.Unlock()
	if p := d.pools[memory]; p != nil {
		return p, nil
	}
	if d.code == nil {
		if d.code = openCodeCache(cacheDir); d.code == nil {
			d.code = wazero.NewCompilationCache()
		}
	}
	p, err := newDrawerPool(memory, d.code)
	if err != nil && cacheDir != "" {
		// What was compiled may not be written to the cache.
		d.code = wazero.NewCompilationCache()
		p, err = newDrawerPool(memory, d.code)
	}
	if err != nil {
		return nil, fmt.Errorf("start pdfium: %w", err)
	}
	d.pools[memory] = p
	return p, nil
}

func newDrawerPool(memory uint32, code wazero.CompilationCache) (gopdfium.Pool, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(memory).
		WithCompilationCache(code)
	return webassembly.Init(webassembly.Config{
		Context:       context.Background(),
		MinIdle:       0,
		MaxIdle:       0,
		MaxTotal:      64,
		RuntimeConfig: config,
		FSConfig:      wazero.NewFSConfig(), // nothing: the default would mount the whole file system
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
}

// openDrawer opens a file in pdfium.
func openDrawer(data []byte, password, cacheDir string) (*pdfium, error) {
	return openDrawerWith(data, password, cacheDir, drawerMemory)
}

func openDrawerWith(data []byte, password, cacheDir string, memory uint32) (d *pdfium, err error) {
	defer rescue("open the PDF in pdfium", &err)
	pool, err := drawers.pool(memory, cacheDir)
	if err != nil {
		return nil, err
	}
	instance, err := pool.GetInstance(30 * time.Second)
	if err != nil {
		return nil, fmt.Errorf("start pdfium: %w", err)
	}
	request := &requests.OpenDocument{FileReader: bytes.NewReader(data), FileReaderSize: int64(len(data))}
	if password != "" {
		request.Password = &password
	}
	doc, err := instance.OpenDocument(request)
	if err != nil {
		instance.Close()
		switch {
		case errors.Is(err, pdfiumerrors.ErrPassword):
			return nil, errDrawerPassword
		case errors.Is(err, pdfiumerrors.ErrSecurity):
			return nil, postroom.Bad(err, "the PDF is locked in a way that can't be opened here", "ask the sender for a copy that is not locked")
		}
		return nil, fmt.Errorf("open the PDF in pdfium: %w", err)
	}
	return &pdfium{instance: instance, doc: doc.Document, data: data, password: password, cacheDir: cacheDir, memory: memory}, nil
}

func (d *pdfium) close() {
	var err error
	defer rescue("close pdfium", &err)
	if d.instance != nil {
		d.instance.Close()
		d.instance = nil
	}
}

func (d *pdfium) pages() int {
	r, err := d.instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.doc})
	if err != nil {
		return 0
	}
	return r.PageCount
}

// onPage calls do with page n (from 1) loaded afresh. When pdfium traps, the
// sandbox is thrown away; when memory was the likely cause, a larger one gets a
// second try.
func (d *pdfium) onPage(n int, do func(requests.Page) error) (err error) {
	if d.broken {
		if err := d.reopen(d.memory); err != nil {
			return err
		}
	}
	err = d.once(n, do)
	if err == nil || !errors.Is(err, errDrawerMemory) || d.memory >= drawerMemoryMost {
		return err
	}
	if again := d.reopen(drawerMemoryMost); again != nil {
		return errors.Join(err, again)
	}
	err = d.once(n, do)
	if d.reopen(drawerMemory) != nil {
		d.broken = true
	}
	return err
}

func (d *pdfium) reopen(memory uint32) error {
	d.close()
	fresh, err := openDrawerWith(d.data, d.password, d.cacheDir, memory)
	if err != nil {
		d.broken = true
		return err
	}
	*d = *fresh
	return nil
}

func (d *pdfium) once(n int, do func(requests.Page) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			d.broken = true
			err = fmt.Errorf("draw page %d: %w: %v", n, errDrawerMemory, p)
		}
	}()
	if d.instance == nil {
		return fmt.Errorf("draw page %d: pdfium is closed", n)
	}
	loaded, err := d.instance.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.doc, Index: n - 1})
	if err != nil {
		return fmt.Errorf("load page %d: %w", n, trapped(err))
	}
	page := requests.Page{ByReference: &loaded.Page}
	if err := do(page); err != nil {
		if err = trapped(err); errors.Is(err, errDrawerMemory) {
			d.broken = true
			return fmt.Errorf("draw page %d: %w", n, err)
		}
		d.instance.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
		return fmt.Errorf("draw page %d: %w", n, err)
	}
	d.instance.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	return nil
}

// trapped marks an error after which the sandbox can't go on.
func trapped(err error) error {
	var exit *sys.ExitError
	if errors.As(err, &exit) || strings.Contains(err.Error(), "wasm error") || strings.Contains(err.Error(), "too large") {
		return errors.Join(errDrawerMemory, err)
	}
	return err
}

// flatten makes annotations and form fields part of the page's content, so that
// they are drawn and their text counts. Appearances that the file leaves to the
// viewer are made first. The page has to be loaded anew to see the change.
func (d *pdfium) flatten(page requests.Page) error {
	// Flattening gives a page that has its box from the page tree the box of a
	// sheet of American letter paper, and cuts off what does not fit.
	box, err := d.instance.FPDF_GetPageBoundingBox(&requests.FPDF_GetPageBoundingBox{Page: page})
	if err != nil {
		return err
	}
	r := box.Rect
	if _, err := d.instance.FPDFPage_SetMediaBox(&requests.FPDFPage_SetMediaBox{Page: page, Left: r.Left, Bottom: r.Bottom, Right: r.Right, Top: r.Top}); err != nil {
		return err
	}
	if _, err := d.instance.FPDFPage_SetCropBox(&requests.FPDFPage_SetCropBox{Page: page, Left: r.Left, Bottom: r.Bottom, Right: r.Right, Top: r.Top}); err != nil {
		return err
	}
	drawn, err := d.instance.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: page, Width: 32, Height: 32, RenderForm: true, Document: &d.doc, ImageFormat: requests.RenderImageFormatGrayscale,
	})
	if err != nil {
		return err
	}
	drawn.Cleanup()
	_, err = d.instance.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: page, Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
	return err
}

// size returns a page's size in points as shown.
func (d *pdfium) size(page requests.Page) (w, h float64, err error) {
	r, err := d.instance.GetPageSize(&requests.GetPageSize{Page: page})
	if err != nil {
		return 0, 0, err
	}
	return r.Width, r.Height, nil
}

// pixels returns a page's size in pixels when it is drawn at dpi.
func (d *pdfium) pixels(page requests.Page, dpi int) (w, h int, err error) {
	r, err := d.instance.GetPageSizeInPixels(&requests.GetPageSizeInPixels{Page: page, DPI: dpi})
	if err != nil {
		return 0, 0, err
	}
	return r.Width, r.Height, nil
}

// gray draws a page and its annotations at dpi, in shades of gray on white.
func (d *pdfium) gray(page requests.Page, dpi int) (*image.Gray, error) {
	r, err := d.instance.RenderPageInDPI(&requests.RenderPageInDPI{
		Page: page, DPI: dpi, ImageFormat: requests.RenderImageFormatGrayscale,
		RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT,
	})
	if err != nil {
		return nil, err
	}
	defer r.Cleanup()
	drawn, ok := r.Result.RenderedImage.(*image.Gray)
	if !ok {
		return nil, errors.New("pdfium drew in another format")
	}
	// What it drew lies in the sandbox, which uses the memory again.
	out := image.NewGray(drawn.Rect)
	w := drawn.Rect.Dx()
	for y := range drawn.Rect.Dy() {
		copy(out.Pix[y*out.Stride:], drawn.Pix[y*drawn.Stride:][:w])
	}
	return out, nil
}

func (d *pdfium) copyGray(bitmap references.FPDF_BITMAP, w, h int) (*image.Gray, error) {
	stride, err := d.instance.FPDFBitmap_GetStride(&requests.FPDFBitmap_GetStride{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	buffer, err := d.instance.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	if stride.Stride < w || len(buffer.Buffer) < stride.Stride*(h-1)+w {
		return nil, errDrawerMemory
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		copy(out.Pix[y*out.Stride:], buffer.Buffer[y*stride.Stride:][:w])
	}
	return out, nil
}

// picture returns the pixels of the page's only image, w by h as the PDF says, in
// its own resolution and before it is placed: gray, or RGB without transparency.
func (d *pdfium) picture(page requests.Page, w, h int) (image.Image, error) {
	object, err := d.onlyImage(page)
	if err != nil {
		return nil, err
	}
	r, err := d.instance.FPDFImageObj_GetBitmap(&requests.FPDFImageObj_GetBitmap{ImageObject: object})
	if err != nil {
		return nil, errors.Join(errDrawerMemory, err)
	}
	bitmap := r.Bitmap
	defer d.instance.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: bitmap})
	width, err := d.instance.FPDFBitmap_GetWidth(&requests.FPDFBitmap_GetWidth{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	height, err := d.instance.FPDFBitmap_GetHeight(&requests.FPDFBitmap_GetHeight{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	if width.Width != w || height.Height != h {
		return nil, fmt.Errorf("the image is %dx%d pixels, not %dx%d", width.Width, height.Height, w, h)
	}
	format, err := d.instance.FPDFBitmap_GetFormat(&requests.FPDFBitmap_GetFormat{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	step := 0
	switch format.Format {
	case enums.FPDF_BITMAP_FORMAT_GRAY:
		return d.copyGray(bitmap, w, h)
	case enums.FPDF_BITMAP_FORMAT_BGR:
		step = 3
	case enums.FPDF_BITMAP_FORMAT_BGRX:
		step = 4
	default:
		return nil, fmt.Errorf("pdfium's bitmap format %d", format.Format)
	}
	stride, err := d.instance.FPDFBitmap_GetStride(&requests.FPDFBitmap_GetStride{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	buffer, err := d.instance.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: bitmap})
	if err != nil {
		return nil, err
	}
	if stride.Stride < w*step || len(buffer.Buffer) < stride.Stride*(h-1)+w*step {
		return nil, errDrawerMemory
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := buffer.Buffer[y*stride.Stride:], out.Pix[y*out.Stride:]
		for x := range w {
			to[4*x], to[4*x+1], to[4*x+2], to[4*x+3] = from[step*x+2], from[step*x+1], from[step*x], 255
		}
	}
	return out, nil
}

// onlyImage finds the one image object of a page, in forms too.
func (d *pdfium) onlyImage(page requests.Page) (references.FPDF_PAGEOBJECT, error) {
	count, err := d.instance.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return "", err
	}
	var images []references.FPDF_PAGEOBJECT
	budget := 10_000
	var look func(object references.FPDF_PAGEOBJECT, depth int) error
	look = func(object references.FPDF_PAGEOBJECT, depth int) error {
		if budget--; budget < 0 || depth > 8 {
			return errors.New("too many objects on the page")
		}
		kind, err := d.instance.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object})
		if err != nil {
			return err
		}
		switch kind.Type {
		case enums.FPDF_PAGEOBJ_IMAGE:
			images = append(images, object)
		case enums.FPDF_PAGEOBJ_FORM:
			inner, err := d.instance.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: object})
			if err != nil {
				return err
			}
			for i := range inner.Count {
				o, err := d.instance.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: object, Index: uint64(i)})
				if err != nil {
					return err
				}
				if err := look(o.PageObject, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for i := range count.Count {
		o, err := d.instance.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			return "", err
		}
		if err := look(o.PageObject, 0); err != nil {
			return "", err
		}
	}
	if len(images) != 1 {
		return "", fmt.Errorf("pdfium sees %d images on the page, not 1", len(images))
	}
	return images[0], nil
}
