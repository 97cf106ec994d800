package ocr

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// archivalSample is a document with every kind of image that a page built anew can have.
func archivalSample(t *testing.T) []byte {
	t.Helper()
	b := markedPicture(816, 392)
	tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
	fax := generate.EncodeFaxPDF([]*generate.Bits{b}, generate.G3, 204, 98, true)
	scan := jpegOf(t, colours(120, 60))
	p := faxPage(b, 204, 98, 0, 1)
	p.Words = append(p.Words, postroom.Word{Text: "Ελλάδα😀", Box: postroom.Box{10, 700, 200, 740}, Line: 9})
	// More characters than a simple font has room for.
	for i := range 30 {
		word := postroom.Word{Box: postroom.Box{10 + 50*i, 760, 55 + 50*i, 780}, Line: 10}
		for k := range 6 {
			word.Text += string(rune(0x4e00 + 6*i + k))
		}
		p.Words = append(p.Words, word)
	}
	return searchable(t,
		searchablePage{tiff, postroom.TIFF, p},
		searchablePage{fax, postroom.PDF, faxPage(b, 204, 98, 90, 0)},
		searchablePage{scan, postroom.JPEG, picturePage(colours(120, 60), 72)})
}

func TestArchivalRules(t *testing.T) {
	data := archivalSample(t)
	if fonts := checkArchival(t, data, 2, 3); fonts != 4 {
		t.Errorf("6.2.11: %d pages have a font", fonts)
	}
	info := string(expanded(t, data))
	for _, want := range []string{">Discharge summary<", `xmp:CreateDate="2026-03-12T09:14:00Z"`, "(D:20260312091400Z)"} {
		if !strings.Contains(info, want) {
			t.Errorf("6.6.3: %s is not said", want)
		}
	}
}

// checkArchival checks a file that says it is PDF/A of level B of part 2 or 3. No program that
// checks PDF/A can be had here, so the rules of ISO 19005-2 (which part 3 repeats)
// that touch what we write are checked one by one. The numbers are its sections.
// It returns how many times a page has a font.
func checkArchival(t *testing.T, data []byte, part, pages int) int {
	t.Helper()
	rule := func(section string, ok bool, format string, args ...any) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s", section, fmt.Sprintf(format, args...))
		}
	}
	// File structure.
	lines := bytes.SplitN(data, []byte("\n"), 3)
	rule("6.1.2", regexp.MustCompile(`^%PDF-1\.[0-7]$`).Match(lines[0]), "the header is %q", lines[0])
	rule("6.1.2", len(lines[1]) >= 5 && lines[1][0] == '%', "the second line is no comment of four bytes")
	for _, c := range lines[1][1:5] {
		rule("6.1.2", c > 127, "byte %d of the comment is below 128", c)
	}
	rule("6.1.3", bytes.HasSuffix(data, []byte("%%EOF\n")), "something follows the end of the file")
	rule("6.1.3", part == 3 || bytes.Count(data, []byte("%%EOF")) == 1, "the file has several ends") // an original has an end of its own

	ctx, err := api.ReadContext(bytes.NewReader(data), pdfConfiguration(""))
	if err != nil {
		t.Fatal(err)
	}
	f := &pdfFile{ctx: ctx}
	rule("6.1.3", ctx.Encrypt == nil, "the file is encrypted")
	rule("6.1.3", len(ctx.ID) == 2, "the trailer has no ID")

	var metadata []byte
	fonts, specs, related := 0, 0, 0
	for number, entry := range ctx.Table {
		if entry.Free || entry.Object == nil {
			continue
		}
		o := f.deref(*types.NewIndirectRef(number, 0))
		walkObjects(o, func(o types.Object) {
			switch o := o.(type) {
			case types.Name:
				rule("6.1.8", len(o) <= 127, "a name of %d bytes", len(o))
			case types.StringLiteral:
				rule("6.1.13", len(o) <= 32767, "a string of %d bytes", len(o))
			case types.HexLiteral:
				rule("6.1.6", len(o)%2 == 0, "a string of %d digits", len(o))
			case types.Integer:
				rule("6.1.13", int64(o) >= -1<<31 && int64(o) < 1<<31, "the number %d", o)
			case types.Dict:
				for _, key := range []string{"AA", "OpenAction", "JS", "Alternates", "OPI", "Interpolate", "TR", "TR2", "HT", "HTP", "XFA", "OCProperties", "FFilter", "FDecodeParms", "Annots", "AcroForm", "Requirements", "Perms", "PieceInfo", "Ref", "PS", "OC", "CharSet", "CIDSet"} {
					_, has := o[key]
					rule("6.1 to 6.9", !has, "object %d has the entry %s", number, key)
				}
				for _, key := range []string{"EmbeddedFiles", "AF", "EF"} {
					_, has := o[key]
					rule("6.8", part == 3 || !has, "object %d has the entry %s", number, key)
				}
				switch f.name(o["Type"]) {
				case "Filespec":
					specs++
					checkFilespec(t, f, o)
				case "Annot", "Action", "OCG", "OCMD", "3D":
					t.Errorf("6.3, 6.5, 6.9: object %d is a %s", number, f.name(o["Type"]))
				}
			}
		})
		sd := f.stream(o)
		if sd == nil {
			continue
		}
		rule("6.1.7.1", sd.Dict["F"] == nil, "the stream %d lies outside of the file", number)
		for _, filter := range sd.FilterPipeline {
			switch filter.Name {
			case "FlateDecode", "CCITTFaxDecode", "DCTDecode", "JBIG2Decode", "JPXDecode", "ASCII85Decode", "ASCIIHexDecode", "RunLengthDecode":
			default:
				t.Errorf("6.1.7.2: object %d uses %s", number, filter.Name)
			}
		}
		switch f.name(sd.Dict["Subtype"]) {
		case "XML":
			// Only part 1 forbids filters here (ISO 19005-1 section 6.7.2).
			if metadata, err = f.decoded(sd); err != nil {
				t.Fatalf("6.6.2.1: the metadata can't be read: %v", err)
			}
		case "PS":
			t.Errorf("6.2.9: object %d is PostScript", number)
		case "Image":
			switch bits := f.integer(sd.Dict["BitsPerComponent"], 1); bits {
			case 1, 2, 4, 8, 16:
			default:
				t.Errorf("6.2.8: an image of %d bits", bits)
			}
			rule("6.2.4.3", !usesCMYK(f, sd.Dict["ColorSpace"], 0), "an image in %v", sd.Dict["ColorSpace"])
		}
	}
	catalog, err := ctx.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	rule("6.7.4", catalog["Lang"] != nil, "the document says no language")

	// Output intent (6.2.3).
	intents := f.array(catalog["OutputIntents"])
	rule("6.2.3", len(intents) == 1, "%d output intents", len(intents))
	intent := f.dict(intents[0])
	rule("6.2.3", f.name(intent["S"]) == "GTS_PDFA1", "it is a %s", f.name(intent["S"]))
	profile := f.stream(intent["DestOutputProfile"])
	icc, err := f.decoded(profile)
	if err != nil {
		t.Fatal(err)
	}
	if n := f.integer(profile.Dict["N"], 0); n == 3 {
		rule("6.2.3", checkICC(t, icc) && archivalICC(icc, 3), "the profile is no RGB profile")
	} else {
		rule("6.2.3", n == 1 && archivalICC(icc, 1), "the profile is no gray profile")
	}

	// Metadata (6.6) and the information dictionary.
	xmp := string(metadata)
	rgb := f.integer(profile.Dict["N"], 0) == 3
	rule("6.6.4", strings.Contains(xmp, fmt.Sprintf(` xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="%d" pdfaid:conformance="B"`, part)), "the metadata do not name PDF/A-%db", part)
	rule("6.6.2.1", strings.HasPrefix(xmp, "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>") && strings.HasSuffix(xmp, `<?xpacket end="r"?>`), "the metadata are no XMP packet")
	checkXML(t, metadata)
	info := f.dict(*ctx.Info)
	for key, want := range map[string]string{"Title": "<dc:title>", "CreationDate": ` xmp:CreateDate="`} {
		rule("6.6.3", (info[key] != nil) == strings.Contains(xmp, want), "%s is not said in both places", key)
	}

	// Files that are embedded (ISO 19005-3, 6.8): each is associated and named.
	if part == 3 {
		related = len(f.array(catalog["AF"]))
		names := f.array(f.dict(f.dict(catalog["Names"])["EmbeddedFiles"])["Names"])
		rule("6.8", related > 0 && related == specs && len(names) == 2*specs, "%d files, %d associated, %d names", specs, related, len(names)/2)
	}

	// Pages and fonts.
	if err := f.findPages(); err != nil {
		t.Fatal(err)
	}
	rule("6", len(f.pages) == pages, "%d pages", len(f.pages))
	spots := map[string]string{}
	for i, p := range f.pages {
		content, err := f.pageContent(p.dict)
		if err != nil {
			t.Fatal(err)
		}
		// What a page of the sender's is held against is held against the file, too.
		a := &archivist{f: f, fonts: map[string]*usedFont{}, spots: spots, done: map[int]bool{}}
		a.page(p, content, nil)
		rule("6.2", a.why == "", "page %d: %s", i+1, a.why)
		rule("6.2.4.3", rgb || !a.colour, "page %d paints in RGB, and the output intent is gray", i+1)
		checkContent(t, f, content, p.resources, rgb, 0)
		for name, o := range f.dict(p.resources["Font"]) {
			if font := f.dict(o); f.name(font["BaseFont"]) == inklessName {
				fonts++
				checkInklessFont(t, f, name, font, content)
			}
		}
		for _, edge := range []float64{p.box.width(), p.box.height()} {
			rule("6.1.13", edge >= 3 && edge <= 14400, "a page of %v units", edge)
		}
	}
	return fonts
}

// usesCMYK says whether a colour space leads to a printer's own colours.
func usesCMYK(f *pdfFile, o types.Object, depth int) bool {
	o = f.deref(o)
	if f.name(o) == "DeviceCMYK" {
		return true
	}
	a, _ := o.(types.Array)
	if len(a) == 0 || depth > 4 || f.name(a[0]) == "ICCBased" {
		return false
	}
	for _, e := range a {
		if usesCMYK(f, e, depth+1) {
			return true
		}
	}
	return false
}

var annexA = strings.Fields("b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"")

// checkContent goes through a content stream and the forms that it paints, apart from the
// program's own way: only operators that the standard has, no printer's colours, a profile for
// RGB, no font without its program but for hidden text, nothing that is not there.
func checkContent(t *testing.T, f *pdfFile, content []byte, resources types.Dict, rgb bool, depth int) {
	t.Helper()
	if depth > 12 {
		t.Fatal("forms within forms")
	}
	l := &pdfLexer{in: content, keep: true}
	level, mode, font := 0, 0, types.Dict(nil)
	named := func(kind string) types.Object {
		name, err := types.DecodeName(l.args[len(l.args)-1].name)
		o := f.dict(resources[kind])[name]
		if err != nil || f.deref(o) == nil {
			t.Errorf("6.2.2: there is no %s %q", kind, name)
		}
		return o
	}
	space := func(name string) {
		if f.deref(f.dict(resources["ColorSpace"])[strings.Replace(name, "Device", "Default", 1)]) != nil {
			return // which the program's own look has checked
		}
		switch name {
		case "DeviceRGB":
			if !rgb {
				t.Error("6.2.4.3: RGB without a profile")
			}
		case "DeviceCMYK":
			t.Error("6.2.4.3: CMYK without a profile")
		}
	}
	for {
		op, _, ok := l.next()
		if !ok {
			break
		}
		if !slices.Contains(annexA, op) {
			t.Errorf("6.2.2: the operator %q", op)
		}
		switch op {
		case "q":
			if level++; level > 28 {
				t.Error("6.1.13: graphics states within 28 others")
			}
		case "Q":
			level--
		case "rg", "RG":
			space("DeviceRGB")
		case "k", "K":
			space("DeviceCMYK")
		case "cs", "CS":
			name := l.args[0].name
			if space(name); !strings.HasPrefix(name, "Device") && name != "Pattern" && usesCMYK(f, named("ColorSpace"), 0) {
				t.Errorf("6.2.4.3: %s leads to CMYK without a profile", name)
			}
		case "gs":
			for key := range f.dict(named("ExtGState")) {
				if !slices.Contains(strings.Fields("Type LW LC LJ ML D RI OP op OPM Font FL SM SA BM SMask CA ca AIS TK"), key) {
					t.Errorf("6.2.5: a graphics state says %s", key)
				}
			}
		case "Tr":
			mode = int(l.args[0].number)
		case "Tf":
			name, _ := types.DecodeName(l.args[0].name)
			if font = f.dict(f.dict(resources["Font"])[name]); font == nil {
				t.Errorf("6.2.2: there is no font %q", name)
			}
		case "Tj", "TJ", "'", "\"":
			d := font
			if list := f.array(font["DescendantFonts"]); len(list) == 1 {
				d = f.dict(list[0])
			}
			descriptor := f.dict(d["FontDescriptor"])
			if mode != 3 && f.name(font["Subtype"]) != "Type3" && f.stream(descriptor["FontFile"]) == nil && f.stream(descriptor["FontFile2"]) == nil && f.stream(descriptor["FontFile3"]) == nil {
				t.Errorf("6.2.11.4: the font %v is not embedded", font["BaseFont"])
			}
		case "ID":
			for _, a := range l.args {
				if a.name == "LZW" || a.name == "LZWDecode" || a.name == "CMYK" || a.name == "DeviceCMYK" {
					t.Errorf("6.1.10: an image in the content with %s", a.name)
				}
			}
			l.skipInlineData()
		case "Do":
			sd := f.stream(named("XObject"))
			if sd == nil || f.name(sd.Dict["Subtype"]) != "Form" {
				continue
			}
			inner, err := f.decoded(sd)
			if err != nil {
				t.Fatal(err)
			}
			checkContent(t, f, inner, f.dict(sd.Dict["Resources"]), rgb, depth+1)
		}
	}
	if level != 0 {
		t.Error("6.1.13: q and Q do not match")
	}
}

// checkFilespec checks a file specification (ISO 19005-3, 6.8).
func checkFilespec(t *testing.T, f *pdfFile, spec types.Dict) {
	t.Helper()
	if spec["F"] == nil || spec["UF"] == nil || f.name(spec["AFRelationship"]) != "Source" {
		t.Errorf("6.8: the file specification is %v", spec)
	}
	file := f.stream(f.dict(spec["EF"])["F"])
	if file == nil {
		t.Fatal("6.8: no file is embedded")
	}
	if kind := f.name(file.Dict["Subtype"]); !strings.Contains(kind, "/") && !strings.Contains(kind, "#2F") {
		t.Errorf("6.8: the file's media type is %q", kind)
	}
	if f.dict(file.Dict["Params"])["ModDate"] == nil {
		t.Error("the file's date is missing")
	}
}

// checkXML checks that the metadata are XML with every prefix declared.
func checkXML(t *testing.T, packet []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(packet))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("6.6.2.1: the metadata are no XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			names := []xml.Name{e.Name}
			for _, a := range e.Attr {
				if a.Name.Space != "xmlns" {
					names = append(names, a.Name)
				}
			}
			for _, n := range names {
				if n.Space != "xml" && !strings.Contains(n.Space, ":") && !strings.HasSuffix(n.Space, "namespace") {
					t.Errorf("6.6.2.1: the prefix %q of %q is not declared", n.Space, n.Local)
				}
			}
		}
	}
}

// walkObjects visits an object and all that stands in it. Dictionaries whose keys are names that
// somebody gave, not entries, are passed by, but not what is in them.
func walkObjects(o types.Object, visit func(types.Object)) {
	visit(o)
	switch o := o.(type) {
	case types.Dict:
		for key, v := range o {
			if named, ok := v.(types.Dict); ok && slices.Contains(append(resourceKinds, "CharProcs", "Colorants"), key) {
				for _, inner := range named {
					walkObjects(inner, visit)
				}
				continue
			}
			walkObjects(v, visit)
		}
	case types.Array:
		for _, v := range o {
			walkObjects(v, visit)
		}
	case types.StreamDict:
		walkObjects(o.Dict, visit)
	}
}

// checkICC checks a profile's header and table of tags (ICC.1:2001-04 section 6).
func checkICC(t *testing.T, b []byte) bool {
	t.Helper()
	be := binary.BigEndian
	if len(b) < 132 || int(be.Uint32(b)) != len(b) || string(b[36:40]) != "acsp" || string(b[12:24]) != "mntrRGB XYZ " || b[8] != 2 {
		return false
	}
	need := map[string]bool{"desc": true, "cprt": true, "wtpt": true, "rXYZ": true, "gXYZ": true, "bXYZ": true, "rTRC": true, "gTRC": true, "bTRC": true}
	for i := range int(be.Uint32(b[128:])) {
		e := b[132+12*i:]
		at, n := int(be.Uint32(e[4:])), int(be.Uint32(e[8:]))
		if at+n > len(b) || at%4 != 0 {
			t.Errorf("tag %s lies at %d, %d bytes", e[:4], at, n)
		}
		delete(need, string(e[:4]))
		if string(e[:4]) == "rTRC" {
			if string(b[at:at+4]) != "curv" || be.Uint16(b[at+12:]) != 0 || be.Uint16(b[at+n-2:]) != 0xffff {
				t.Error("the curve does not lead from black to white")
			}
		}
	}
	// The three primaries make the white of D50.
	for axis, want := range []float64{0.9642, 1, 0.8249} {
		sum := 0.0
		for i := range 9 {
			e := b[132+12*i:]
			if strings.HasSuffix(string(e[:4]), "XYZ") {
				sum += float64(int32(be.Uint32(b[int(be.Uint32(e[4:]))+8+4*axis:]))) / 65536
			}
		}
		if sum < want-0.001 || sum > want+0.001 {
			t.Errorf("the primaries' axis %d adds up to %v, not %v", axis, sum, want)
		}
	}
	return len(need) == 0
}

// checkInklessFont checks the font of invisible text (6.2.11) and that what the
// content shows with it is there.
func checkInklessFont(t *testing.T, f *pdfFile, name string, font types.Dict, content []byte) {
	t.Helper()
	be := binary.BigEndian
	bytesACode := 1
	widths := map[int]int{}
	descendant := font
	var gids []byte
	var err error
	switch f.name(font["Subtype"]) {
	case "TrueType":
		// A symbolic font (6.2.11.6): no Encoding.
		if font["Encoding"] != nil {
			t.Errorf("6.2.11.6: the symbolic font is coded %v", font["Encoding"])
		}
		first, last := f.integer(font["FirstChar"], -1), f.integer(font["LastChar"], -1)
		w := f.array(font["Widths"])
		if len(w) != last-first+1 {
			t.Errorf("6.2.11.2: %d widths from %d to %d", len(w), first, last)
		}
		for i, o := range w {
			widths[first+i] = f.integer(o, -1)
		}
	case "Type0":
		bytesACode = 2
		if f.name(font["Encoding"]) != "Identity-H" {
			t.Errorf("6.2.11.3: the font is coded %v", font["Encoding"])
		}
		descendant = f.dict(f.array(font["DescendantFonts"])[0])
		if f.name(font["BaseFont"]) != f.name(descendant["BaseFont"]) {
			t.Error("6.2.11.2: the font's names differ")
		}
		if gids, err = f.decoded(f.stream(descendant["CIDToGIDMap"])); err != nil {
			t.Fatalf("6.2.11.3: no map from characters to glyphs: %v", err)
		}
		for code := range len(gids) / 2 {
			widths[code] = f.integer(descendant["DW"], 1000)
		}
		w := f.array(descendant["W"])
		for i := 0; i+1 < len(w); i += 2 {
			for k, o := range f.array(w[i+1]) {
				widths[f.integer(w[i], 0)+k] = f.integer(o, -1)
			}
		}
	default:
		t.Fatalf("6.2.11.2: the font is a %v", font["Subtype"])
	}
	descriptor := f.dict(descendant["FontDescriptor"])
	if f.name(descendant["BaseFont"]) != f.name(descriptor["FontName"]) || f.integer(descriptor["Flags"], 0) != 4 {
		t.Error("6.2.11.2: the font's names or flags are wrong")
	}
	program, err := f.decoded(f.stream(descriptor["FontFile2"]))
	if err != nil {
		t.Fatalf("6.2.11.4: the font is not embedded: %v", err)
	}
	unicodes, err := f.decoded(f.stream(font["ToUnicode"]))
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]byte{}
	for i := range int(be.Uint16(program[4:])) {
		e := program[12+16*i:]
		at, n := be.Uint32(e[8:]), be.Uint32(e[12:])
		tables[string(e[:4])] = program[at : at+n]
		if string(e[:4]) != "head" && tableSum(program[at:at+n]) != be.Uint32(e[4:]) {
			t.Errorf("the checksum of the table %s is wrong", e[:4])
		}
	}
	for _, need := range []string{"glyf", "head", "hhea", "hmtx", "loca", "maxp", "cmap"} {
		if tables[need] == nil {
			t.Errorf("6.2.11.2: the font has no table %s", need)
		}
	}
	if tableSum(program) != 0xb1b0afba {
		t.Error("the font's checksum is wrong")
	}
	glyphs := int(be.Uint16(tables["maxp"][4:]))
	if len(tables["hmtx"]) != 4*glyphs || len(tables["loca"]) != 2*(glyphs+1) || int(be.Uint16(tables["hhea"][34:])) != glyphs {
		t.Errorf("the font's tables do not agree on %d glyphs", glyphs)
	}
	// The cmap of a symbolic font (6.2.11.6): one subtable, platform 3, encoding 0.
	cmap := tables["cmap"]
	if be.Uint16(cmap[2:]) != 1 || be.Uint16(cmap[4:]) != 3 || be.Uint16(cmap[6:]) != 0 {
		t.Errorf("6.2.11.6: the cmap begins % x", cmap[:12])
	}
	segments := cmap[12+14:]
	used := shownCodes(content, name, bytesACode)
	if len(used) == 0 {
		t.Errorf("nothing is shown with the font %s", name)
	}
	for code := range used {
		gid := 0
		if bytesACode == 1 {
			end, start, table := be.Uint16(segments), be.Uint16(segments[6:]), segments[18:]
			if c := uint16(0xf000 + code); c >= start && c <= end {
				gid = int(be.Uint16(table[2*(c-start):]))
			}
		} else if 2*code+1 < len(gids) {
			gid = int(be.Uint16(gids[2*code:]))
		}
		if gid == 0 || gid >= glyphs {
			t.Errorf("6.2.11.8: character %d is glyph %d", code, gid)
			continue
		}
		if got := int(be.Uint16(tables["hmtx"][4*gid:])); got != widths[code] {
			t.Errorf("6.2.11.5: character %d is %d wide in the font, %d in the dictionary", code, got, widths[code])
		}
		if code >= 128 && !bytes.Contains(unicodes, fmt.Appendf(nil, "<%0*X>", 2*bytesACode, code)) {
			t.Errorf("6.2.11.7: character %d has no Unicode value", code)
		}
	}
}

// shownCodes lists the codes, of so many bytes, of the strings that a content
// stream of ours shows in the font.
func shownCodes(content []byte, font string, bytesACode int) map[int]bool {
	out := map[int]bool{}
	l := &pdfLexer{in: content}
	current := ""
	for {
		op, start, ok := l.next()
		if !ok {
			return out
		}
		switch {
		case op == "Tf":
			current = l.args[0].name
		case op == "TJ" && current == font:
			part := content[start:l.at]
			for i := 0; i < len(part); i++ {
				if part[i] != '(' {
					continue
				}
				var s []byte
				for i++; part[i] != ')'; i++ {
					c := part[i]
					if c == '\\' {
						i++
						if c = part[i]; c == 'r' {
							c = '\r'
						}
					}
					s = append(s, c)
				}
				for k := 0; k+bytesACode <= len(s); k += bytesACode {
					code := int(s[k])
					if bytesACode == 2 {
						code = code<<8 | int(s[k+1])
					}
					out[code] = true
				}
			}
		}
	}
}

// A file is called PDF/A only when it is.
func TestArchivalClaim(t *testing.T) {
	b := markedPicture(400, 200)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	p := picturePage(grayOf(b), 100)
	image := func(entries string, data []byte) []byte {
		return imagePDF(entries, data, "288 0 0 144 0 0", "/MediaBox[0 0 288 144]")
	}
	fax := "/Width 400/Height 200/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>"
	withProfile := func(n int, profile []byte) []byte {
		s := &samplePDF{}
		icc := s.stream(fmt.Sprintf("/N %d", n), profile)
		x := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Image"+fax+"/ColorSpace[/ICCBased %d 0 R]", icc), g4)
		c := s.stream("", []byte("q 288 0 0 144 0 0 cm /X Do Q"))
		return s.file(fmt.Sprintf("/MediaBox[0 0 288 144]/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R", x, c))
	}
	input := grayProfile()
	copy(input[12:], "abst")
	jpx := func(header string) []byte { return image("/Width 40/Height 20/Filter/JPXDecode", jp2Of(header)) }
	for name, c := range map[string]struct {
		data  []byte
		claim bool
	}{
		"gray fax":                   {image(fax+"/ColorSpace/DeviceGray", g4), true},
		"stencil":                    {image("/ImageMask true"+fax, g4), true},
		"JBIG2":                      {image("/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode", jbig2(b)), true},
		"palette":                    {image(fax+"/ColorSpace[/Indexed/DeviceRGB 1<FFFFFF000000>]", g4), true},
		"palette of another palette": {image(fax+"/ColorSpace[/Indexed[/Indexed/DeviceRGB 1<FFFFFF000000>]1<0001>]", g4), false},
		"palette of CMYK":            {image(fax+"/ColorSpace[/Indexed/DeviceCMYK 1<00000000000000FF>]", g4), false},
		"CalGray":                    {image(fax+"/ColorSpace[/CalGray<</WhitePoint[.95 1 1.09]>>]", g4), true},
		"separation":                 {image(fax+"/ColorSpace[/Separation/Black/DeviceCMYK<</FunctionType 2/Domain[0 1]/N 1/C0[0 0 0 0]/C1[0 0 0 1]>>]", g4), false},
		"profile":                    {withProfile(1, grayProfile()), true},
		"profile of other colours":   {withProfile(1, srgbProfile()), false},
		"profile of another class":   {withProfile(1, input), false},
		"profile that is none":       {withProfile(1, []byte("no profile")), false},
		"CMYK":                       {image("/Width 2/Height 2/ColorSpace/DeviceCMYK/BitsPerComponent 8", make([]byte, 16)), false},
		"LZW":                        {image("/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/LZWDecode", []byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01}), false},
		"12 bits":                    {image("/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 12", make([]byte, 6)), false},
		"JPEG 2000":                  {jpx("\x00\x00\x00\x14\x00\x00\x00\x28\x00\x01\x07\x07\x00\x00"), true},
		"JPEG 2000, two channels":    {jpx("\x00\x00\x00\x14\x00\x00\x00\x28\x00\x02\x07\x07\x00\x00"), false},
		"JPEG 2000, several depths":  {jpx("\x00\x00\x00\x14\x00\x00\x00\x28\x00\x01\xff\x07\x00\x00"), false},
		"text":                       {textPDF(letterText, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := p
			if strings.HasPrefix(name, "JPEG 2000") {
				p = picturePage(inGray(shades(40, 20)), 10)
			}
			switch name {
			case "CMYK", "LZW", "12 bits":
				p = picturePage(shades(2, 2), 1)
			}
			// Kept as it came, it is PDF/A only when it is by itself.
			var kept bytes.Buffer
			meta := testMeta
			meta.Keep = true
			if _, err := writeSearchable(&kept, meta, each(searchablePage{c.data, postroom.PDF, p}), testOptions()); err != nil {
				t.Fatal(err)
			}
			if got := archivalPart(t, kept.Bytes()) == "2"; got != c.claim {
				t.Errorf("kept, the file says that it is PDF/A: %v, want %v", got, c.claim)
			}
			if got := bytes.Contains(expanded(t, kept.Bytes()), []byte("/GTS_PDFA1")); got != c.claim {
				t.Errorf("kept, the file has an output intent: %v, want %v", got, c.claim)
			}
			checkArchival(t, searchable(t, searchablePage{c.data, postroom.PDF, p}), 2, 1)
		})
	}
}

// jp2Of is a JPEG 2000 file with an image header, and nothing to decode.
func jp2Of(ihdr string) []byte {
	box := func(kind, body string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + kind + body
	}
	return []byte(box("jP  ", "\r\n\x87\n") + box("ftyp", "jp2 \x00\x00\x00\x00jp2 ") +
		box("jp2h", box("ihdr", ihdr)+box("colr", "\x01\x00\x00\x00\x00\x00\x11")) + box("jp2c", "\xff\x4f"))
}

// An image in colour gets the output intent of sRGB, a gray one that of gray.
func TestOutputIntentFitsTheImages(t *testing.T) {
	b := markedPicture(400, 200)
	gray := searchablePage{generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 100, DPIY: 100}), postroom.TIFF, picturePage(grayOf(b), 100)}
	colour := searchablePage{jpegOf(t, colours(120, 60)), postroom.JPEG, picturePage(colours(120, 60), 72)}
	palette := searchablePage{imagePDF("/Width 400/Height 200/ColorSpace[/Indexed/DeviceRGB 1<FFFFFF000000>]/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>",
		generate.EncodeCCITT(b, 0, b.H, generate.G4, 0), "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"), postroom.PDF, picturePage(grayOf(b), 100)}
	for name, c := range map[string]struct {
		pages []searchablePage
		space string
	}{
		"gray": {[]searchablePage{gray}, "mntrGRAY"}, "colour": {[]searchablePage{gray, colour}, "mntrRGB "}, "palette": {[]searchablePage{palette}, "mntrRGB "},
	} {
		if open := expanded(t, searchable(t, c.pages...)); !bytes.Contains(open, []byte(c.space)) {
			t.Errorf("%s: the output intent is not %q", name, c.space)
		}
	}
}

func FuzzJPX(f *testing.F) {
	f.Add(jp2Of("\x00\x00\x00\x14\x00\x00\x00\x28\x00\x01\x07\x07\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x01jp2h\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if archivalJPX(data, false) && !archivalJPX(data, true) {
			t.Fatal("what says its colours in a way that is allowed is not allowed when the PDF says them")
		}
	})
}
