package tesseract

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"testing"
)

// What is built without cgo has the same functions as what is built with it.
func TestTwins(t *testing.T) {
	with, without := map[string]string{}, map[string]string{}
	for file, to := range map[string]map[string]string{"pix.go": with, "engine.go": with, "layout.go": with, "nocgo.go": without} {
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() {
				continue
			}
			name := fn.Name.Name
			if fn.Recv != nil {
				var on bytes.Buffer
				format.Node(&on, set, fn.Recv.List[0].Type)
				name = on.String() + "." + name
			}
			var types bytes.Buffer
			for _, list := range []*ast.FieldList{fn.Type.Params, fn.Type.Results} {
				types.WriteString("(")
				if list != nil {
					for _, field := range list.List {
						for range max(1, len(field.Names)) {
							format.Node(&types, set, field.Type)
							types.WriteString(",")
						}
					}
				}
				types.WriteString(")")
			}
			to[name] = types.String()
		}
	}
	for name, types := range with {
		if without[name] != types {
			t.Errorf("%s%s is %s without cgo", name, types, without[name])
		}
	}
	for name := range without {
		if _, ok := with[name]; !ok {
			t.Errorf("%s exists only without cgo", name)
		}
	}
}
