"""Makes a picture (PGM) of a square of dots: of half blocks as a terminal shows them, or of an SVG."""
import re
import sys

DOT = 8


def of_terminal(text):
    # White on black, as on a dark terminal; a line of text is two rows of dots.
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).rstrip("\r\n") for line in text.split("\n")]
    lines = [line for line in lines if line and set(line) <= set(" █▀▄")]
    width = max(len(line) for line in lines)
    print(f"{width} columns", file=sys.stderr)
    rows = []
    for line in lines:
        line = line.ljust(width)
        rows.append([c in "█▀" for c in line])
        rows.append([c in "█▄" for c in line])
    return rows


def of_svg(text):
    # A light ground and one dark path of rectangles: "Mx y hW vH h-Wz" each.
    size = [float(n) for n in re.search(r'viewBox="([^"]*)"', text).group(1).split()]
    rows = [[True] * round(size[2]) for _ in range(round(size[3]))]
    for x, y, w, h in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", re.search(r'<path [^>]*d="([^"]*)"', text).group(1)):
        for row in range(int(y), int(y) + int(h)):
            for column in range(int(x), int(x) + int(w)):
                rows[row][column] = False
    return rows


def write(rows, path, dot):
    with open(path, "wb") as out:
        out.write(b"P5 %d %d 255\n" % (len(rows[0]) * dot, len(rows) * dot))
        for row in rows:
            out.write(bytes(255 if light else 0 for light in row for _ in range(dot)) * dot)


kind, source, target = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    content = file.read()
write(of_terminal(content) if kind == "terminal" else of_svg(content), target, DOT)
