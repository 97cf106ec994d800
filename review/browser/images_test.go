//go:build cgo

package browser_test

import (
	"bytes"
	"database/sql"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	_ "modernc.org/sqlite"
)

// largestPicture is how many bytes a picture of the documentation may have.
const largestPicture = 150_000

// The pictures of the README and of docs/review.md show what the desk shows of invented letters:
// each is taken in every run, and kept where -pictures says.
func TestPictures(t *testing.T) {
	if *pictures != "" {
		inventDays(t)
	}
	s := sit(t, "lucy")
	// A letter with a patient, where a value that is not sure has the focus.
	for _, r := range documents(t, "review") {
		s.open("/document/" + r.ID)
		s.until(`[...document.querySelectorAll("main:not([inert]) figure img")].every((i) => i.complete)`)
		if value[bool](s, `Boolean(document.querySelector("#patient").value && document.querySelector("main:not([inert]) .mark") && document.querySelectorAll("main:not([inert]) .row.doubtful .strip:not([hidden])").length)`) {
			break
		}
	}
	s.shoot("desk-document")
	s.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	s.shoot("desk-dark")
	s.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}))

	s.open("/?why=8")
	s.do(chromedp.Click(".views summary"), chromedp.SendKeys("#view-name", "Values to check\r"))
	s.until(`document.querySelector(".views a[aria-current]")`)
	s.open("/")
	s.shoot("desk-queue")
	s.do(chromedp.Click(".views summary"), chromedp.Click(".views button"), chromedp.WaitNotPresent(".views"))

	// The longest of what waits, as its pages.
	waiting := documents(t, "review")
	longest := slices.MaxFunc(waiting, func(a, b record) int { return len(a.Pages) - len(b.Pages) })
	s.open("/document/" + longest.ID + "/pages")
	s.until(`[...document.querySelectorAll("main:not([inert]) img")].every((i) => i.complete)`)
	s.shoot("desk-pages")

	s.open("/search?q=hospital")
	s.shoot("desk-search")
	s.do(chromedp.Click(`main td a[href^="/filed/"]`))
	s.until(`document.querySelector(".lit rect") && [...document.querySelectorAll("img")].every((i) => i.complete)`)
	s.shoot("desk-hits")

	s.open("/statistics")
	s.shoot("desk-statistics")
}

// inventDays writes counters of days that never were, for a plot of one day shows nothing.
func inventDays(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(world.data, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	db, err := sql.Open("sqlite", "file:"+files[0]+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := rand.New(rand.NewPCG(3, 4))
	for ago := 1; ago < 30; ago++ {
		day := time.Now().UTC().AddDate(0, 0, -ago)
		if d := day.Weekday(); d == time.Saturday || d == time.Sunday {
			continue
		}
		n := 90 + r.IntN(60)
		hard := n * (30 + ago/2 + r.IntN(6)) / 100
		for kind, v := range map[string][3]any{"filed": {"", n, n - hard}, "time": {"", hard, hard * (14 + ago/3 + r.IntN(4))}, "backlog": {"", 8 + r.IntN(14), 2 + r.IntN(7)},
			"type": {"lab_report", hard, hard * (3 + ago/4) / 100}, "field": {"birth_date", 8 * hard, 8 * hard * (2 + ago/6) / 100}} {
			if _, err := db.Exec(`INSERT INTO desk_stats (day, kind, name, n, part) VALUES (?, ?, ?, ?, ?)`, day.Format(time.DateOnly), kind, v[0], v[1], v[2]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// shoot takes a picture of what the window shows.
func (s *seat) shoot(name string) {
	s.t.Helper()
	var b []byte
	s.do(chromedp.Sleep(150*time.Millisecond), chromedp.CaptureScreenshot(&b))
	taken, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	// The fewer colours, the smaller the file.
	for colours := 128; ; colours /= 2 {
		small, n := reduce(taken, colours)
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
			s.t.Fatal(err)
		}
		if n < 8 {
			s.t.Errorf("%s shows %d colours, so nothing", name, n)
		}
		if out.Len() > largestPicture && colours > 8 {
			continue
		}
		if out.Len() > largestPicture {
			s.t.Errorf("%s has %d bytes", name, out.Len())
		}
		if *pictures != "" {
			if err := os.WriteFile(filepath.Join(*pictures, name+".png"), out.Bytes(), 0o644); err != nil {
				s.t.Fatal(err)
			}
		}
		return
	}
}

// reduce draws an image with its commonest colours, and says how many it has.
func reduce(from image.Image, colours int) (*image.Paletted, int) {
	type rgb [3]uint8
	at := func(x, y int) rgb {
		c := color.NRGBAModel.Convert(from.At(x, y)).(color.NRGBA)
		return rgb{c.R, c.G, c.B}
	}
	b := from.Bounds()
	count, cells := map[rgb]int{}, map[rgb]rgb{} // how often, and the commonest colour of each cell of like ones
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	sum := map[rgb]int{}
	for c, n := range count {
		cell := rgb{c[0] >> 4, c[1] >> 4, c[2] >> 4}
		sum[cell] += n
		if best, ok := cells[cell]; !ok || n > count[best] || n == count[best] && string(c[:]) < string(best[:]) {
			cells[cell] = c
		}
	}
	order := make([]rgb, 0, len(cells))
	for cell := range cells {
		order = append(order, cell)
	}
	slices.SortFunc(order, func(a, b rgb) int {
		if sum[a] != sum[b] {
			return sum[b] - sum[a]
		}
		return slices.Compare(a[:], b[:])
	})
	// What stands in large areas stays as it is.
	exact := make([]rgb, 0, len(count))
	for c := range count {
		exact = append(exact, c)
	}
	slices.SortFunc(exact, func(a, b rgb) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return slices.Compare(a[:], b[:])
	})
	var palette color.Palette
	for _, c := range exact[:min(colours/4, len(exact))] {
		palette = append(palette, color.NRGBA{c[0], c[1], c[2], 255})
	}
	for _, cell := range order {
		c := cells[cell]
		if n := (color.NRGBA{c[0], c[1], c[2], 255}); len(palette) < colours && !slices.Contains(palette, color.Color(n)) {
			palette = append(palette, n)
		}
	}
	nearest := map[rgb]uint8{}
	for c := range count {
		nearest[c] = uint8(palette.Index(color.NRGBA{c[0], c[1], c[2], 255}))
	}
	out := image.NewPaletted(b, palette)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			out.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	return out, len(count)
}
