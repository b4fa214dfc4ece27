"""Characters that a reader, or a model, takes for an ASCII one: which, and for what.

The kind of fact that Unicode Technical Standard 39 lists. Compatibility forms (fullwidth, mathematical, circled, Roman
numerals) are not here: NFKC knows them. Small capitals stand with the small letter.
"""

from collections.abc import Mapping

# Code points, by the character they look like: Cyrillic, Greek, Armenian, Cherokee, Lisu, Coptic, Canadian, Tifinagh …
_LETTERS = {
    "A": "0410 0391 13aa a4ee 102a0",
    "B": "0412 0392 13f4 a4d0 10282 a7b4",
    "C": "0421 03f9 13df a4da 2ca4 10302 1455",
    "D": "13a0 a4d3 15de 15ea 0110 0189 018a",
    "E": "0415 0395 13ac a4f0 2d39 0404 0190",
    "F": "03dc a4dd 15b4 0492 0191",
    "G": "050c 13c0 13f3 a4d6",
    "H": "041d 0397 13bb a4e7 157c 2c8e 04a2",
    "I": "0406 0399 04c0 a4f2 2c92 16c1 2d4f 07ca 05d5 05c0 01c0 0196",
    "J": "0408 037f 13ab a4d9 148d",
    "K": "041a 039a 13e6 a4d7 2c94 16d5 049a",
    "L": "13de a4e1 14aa 053c 2cd0",
    "M": "041c 039c 03fa 13b7 a4df 2c98 16d6 15f0",
    "N": "039d a4e0 2c9a 0418",
    "O": "041e 039f 0555 a4f3 2c9e 2d54 0b20 00d8 0150 3007",
    "P": "0420 03a1 13e2 a4d1 2ca2 146d",
    "Q": "051a 2d55",
    "R": "13a1 13d2 a4e3 01a6 1587",
    "S": "0405 054f 13d5 13da a4e2",
    "T": "0422 03a4 13a2 a4d4 2ca6",
    "U": "054d a4f4 144c 1200",
    "V": "0474 13d9 a4e6 142f 2d38",
    "W": "051c 13b3 13d4 a4ea",
    "X": "0425 03a7 a4eb 2cac 166d 2d5d 16b7",
    "Y": "0423 04ae 03a5 13a9 13bd a4ec 2ca8",
    "Z": "0396 13c3 a4dc 01b5",
    "a": "0430 03b1 0251 0252 1d00",
    "b": "042c 044c 13cf 15af 0184 0432 0299 0253 0180 03b2 00df",
    "c": "0441 03f2 2ca5 1d04 0188 023c",
    "d": "0501 13e7 146f a4d2 0256 0257 0111 1d05",
    "e": "0435 04bd 04bf 0454 212e 03b5 1d07 0247 0511",
    "f": "0192 0584 03dd a799 a730",
    "g": "0261 0581 018d 1d83 0260 0262",
    "h": "04bb 0570 13c2 045b 043d 029c 0266 0127",
    "i": "0456 03b9 0131 0269 026a 13a5 2c93",
    "j": "0458 03f3 1d0a 0249",
    "k": "043a 03ba 049b 1d0b 0138 0199",
    "l": "04cf 029f 026b 0142 019a",
    "m": "043c 1d0d 0271",
    "n": "0578 057c 03b7 043f 0274 0272 0273 0438",
    "o": "043e 03bf 03c3 0585 1d0f 1d11 2c9f 05e1 00f8 0275 10ff",
    "p": "0440 03c1 03f1 2ca3 01bf 1d18",
    "q": "051b 0563 0566 a7af 02a0",
    "r": "0433 1d26 2c85 0280 027c 027d",
    "s": "0455 01bd a731 0282",
    "t": "03c4 0442 1d1b 01ab 0288",
    "u": "057d 03c5 028b 1d1c 0446 0289",
    "v": "0475 03bd 05d8 1d20",
    "w": "051d 0461 0561 026f 1d21 03c9",
    "x": "0445 03c7 157d 166e 2cad",
    "y": "0443 04af 03b3 028f 0263 10e7 1d8c 01b4",
    "z": "1d22 0290 01b6 0225",
    "2": "01a7 a6ef 14bf",
    "3": "0417 04e0 01b7 021c a76a 2ccc 0437 025c",
    "4": "13ce 0447",
    "5": "01bc",
    "6": "0431 13ee 2cd2",
    "8": "0222 0223",
    "9": "a76e",
}
_NEGATIVE_CIRCLED, _NEGATIVE_SQUARED, _REGIONAL = 0x1F150, 0x1F170, 0x1F1E6  # A to Z each

_PUNCTUATION = {
    "-": "2010 2011 2012 2013 2014 2015 2212 02d7 2043 fe58 fe63 ff0d 058a 1806 2796",
    "_": "ff3f 07fa fe4d fe4e fe4f",
    '"': "201c 201d 201e 201f 2033 2036 02ba 02ee 00ab 00bb ff02 300c 300d 300e 300f 301d 301e 301f 05f4",
    "'": "2018 2019 201a 201b 2032 2035 00b4 02b9 02bb 02bc 02bd 02be 02c8 ff07 055a 05f3 2039 203a",
    "`": "02cb 1fef ff40",
    ":": "ff1a 2236 02d0 02f8 a789 0589 05c3 fe30 fe55 0703 0704",
    "=": "ff1d a78a 1400 30a0 fe66",
    "/": "2044 2215 29f8 ff0f 1735",
    "\\": "2216 29f5 fe68 ff3c 29f9",
    ".": "2024 ff0e 0701 0702 a4f8 fe52 ff61 3002",
    ",": "ff0c 066b 060c fe50 3001 a4f9",
    ";": "ff1b 037e fe54 061b",
    "+": "ff0b 2795 16ed fe62",
    "*": "2217 204e 066d ff0a fe61",
    "|": "ff5c 2223 2758 23d0",
    "~": "223c 02dc ff5e 2053 301c",
    "@": "ff20 fe6b",
    "#": "ff03 fe5f",
    "$": "ff04 fe69",
    "%": "ff05 fe6a 066a",
    "&": "ff06 fe60",
    "!": "ff01 01c3 fe57",
    "?": "ff1f fe56 0294",
    "(": "ff08 fe59 2768",
    ")": "ff09 fe5a 2769",
    "[": "ff3b 2772 3014 3010",
    "]": "ff3d 2773 3015 3011",
    "{": "ff5b fe5b 2774",
    "}": "ff5d fe5c 2775",
    "<": "ff1c fe64 3008 300a 27e8",
    ">": "ff1e fe65 3009 300b 27e9",
    "^": "ff3e 02c6 02c4",
    " ": "00a0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 202f 205f 3000 2800",
    "\n": "2028 2029 0085",
}


def _table(rows: Mapping[str, str]) -> dict[str, str]:
    return {chr(int(code, 16)): char for char, codes in rows.items() for code in codes.split()}


LETTERS: Mapping[str, str] = _table(_LETTERS) | {
    chr(first + number): chr(ord("A") + number)
    for first in (_NEGATIVE_CIRCLED, _NEGATIVE_SQUARED, _REGIONAL)
    for number in range(26)
}
PUNCTUATION: Mapping[str, str] = _table(_PUNCTUATION)

# Those that no eye can tell from the ASCII letter: a long row of nothing else is no word of Russian or Greek.
TWINS = (
    *(
        chr(code)
        for code in (0x405, 0x406, 0x408, 0x410, 0x412, 0x415, 0x41A, 0x41C, 0x41D, 0x41E, 0x420, 0x421, 0x423)
    ),
    *(chr(code) for code in (0x422, 0x425, 0x430, 0x435, 0x43E, 0x440, 0x441, 0x443, 0x445, 0x455, 0x456, 0x458)),
    *(chr(code) for code in (0x4BB, 0x501, 0x51B, 0x51D, 0x391, 0x392, 0x395, 0x396, 0x397, 0x399, 0x39A, 0x39C)),
    *(chr(code) for code in (0x39D, 0x39F, 0x3A1, 0x3A4, 0x3A5, 0x3A7, 0x3BF)),
)

# Ranges of code points, as they stand in a character class of RE2. What is seen by nobody: soft hyphen, joiners, zero
# width, directions, variation selectors, tags …
INVISIBLE = (
    r"\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{200b}-\x{200f}\x{202a}-\x{202e}"
    r"\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff9}-\x{fffb}\x{1bca0}-\x{1bca3}"
    r"\x{1d173}-\x{1d17a}\x{e0000}-\x{e0fff}"
)
# The codes of terminals and teletypes: all but tab, line feed, carriage return and next line.
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}"
# What is drawn over the character before it.
MARKS = (
    r"\x{300}-\x{34e}\x{350}-\x{36f}\x{483}-\x{489}\x{1ab0}-\x{1aff}\x{1dc0}-\x{1dff}\x{20d0}-\x{20ff}\x{fe20}-\x{fe2f}"
)
# Compatibility forms of ASCII letters and digits, and the digits of other scripts.
COMPATIBLE = (
    r"\x{ff10}-\x{ff19}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}\x{ff66}-\x{ff9f}\x{1d400}-\x{1d7ff}\x{2460}-\x{24ff}"
    r"\x{1f100}-\x{1f14f}\x{2102}\x{210a}-\x{2115}\x{2118}-\x{211d}\x{2124}\x{212a}-\x{2134}\x{2139}\x{2145}-\x{2149}"
    r"\x{2160}-\x{2188}\x{2776}-\x{2793}\x{fb00}-\x{fb06}\x{660}-\x{669}\x{6f0}-\x{6f9}\x{7c0}-\x{7c9}\x{966}-\x{96f}"
    r"\x{9e6}-\x{9ef}\x{a66}-\x{a6f}\x{ae6}-\x{aef}\x{be6}-\x{bef}\x{c66}-\x{c6f}\x{ce6}-\x{cef}\x{d66}-\x{d6f}"
    r"\x{e50}-\x{e59}\x{ed0}-\x{ed9}\x{f20}-\x{f29}\x{1040}-\x{1049}\x{17e0}-\x{17e9}\x{1810}-\x{1819}"
)
# Raised or lowered digits and letters: a footnote, a power, or a part of the token in which they stand.
RAISED = r"\x{b2}\x{b3}\x{b9}\x{2b0}-\x{2b8}\x{2e0}-\x{2e4}\x{1d2c}-\x{1d6a}\x{2070}-\x{209c}"
# Letters with a mark, and the signs of ordinals: ordinary in prose, odd in a token with digits.
ACCENTED = (
    r"\x{aa}\x{ba}\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{17f}\x{1a0}\x{1a1}\x{1af}\x{1b0}\x{1cd}-\x{233}"
    r"\x{1e00}-\x{1eff}"
)
