#!/usr/bin/env bash
# Makes the fonts of this folder again, from Debian's package fonts-noto-core (its .deb is the only argument).
# Needs fonttools (PyPI). The letters: Latin with all accents of Vietnamese, Thai, punctuation, signs of currencies.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb -x "$1" "$work"
from=$work/usr/share/fonts/truetype/noto
latin=U+0020-007E,U+00A0-017F,U+0192,U+01A0,U+01A1,U+01AF,U+01B0,U+02C6,U+02DA,U+02DC,U+0300-0304,U+0306-030C,U+031B,U+0323,U+0326,U+1E80-1E85,U+1EA0-1EF9
signs=U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032,U+2033,U+2039,U+203A,U+2044,U+20A9,U+20AB,U+20AC,U+20B1,U+20B4,U+20B9,U+20BA,U+20BD,U+20BF,U+2116,U+2122,U+2190-2193,U+2212,U+2215,U+2248,U+2260,U+2264,U+2265,U+25CC,U+FFFD
thai=U+0E01-0E3A,U+0E3F-0E5B,U+0020,U+00A0,U+200B-200D,U+25CC
for weight in Regular Bold; do
  pyftsubset "$from/NotoSans-$weight.ttf" --unicodes="$latin,$signs" --layout-features=kern,mark,mkmk,ccmp,locl,calt \
    --no-hinting --output-file="$here/NotoSans-$weight.ttf"
  pyftsubset "$from/NotoSansThai-$weight.ttf" --unicodes="$thai" --layout-features='*' --no-hinting \
    --output-file="$here/NotoSansThai-$weight.ttf"
done
