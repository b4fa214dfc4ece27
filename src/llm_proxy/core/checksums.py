"""Checksums that vendors and payment networks build into what they issue, as they document them.

A value with a wrong checksum is made up, cut short or mistyped. Each function takes the value as a rule found it.
"""

import base64
import binascii
import hashlib
import re
import zlib

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_FACTORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_ENDS = (1, 0x2BC830A3)  # bech32, and bech32m (BIP 350)
_CRC_DIGITS = 6
_PYPI_HEAD = b"\x02\x01\x08" + b".".join((b"pypi", b"org"))  # a version 2 macaroon, and its location
_IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27"
        "GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22"
        "MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28"
        "TL23TN24TR26UA29VA22VG24XK20YE30",
    )
}


def is_luhn(text: str) -> bool:
    """Return whether the digits end in their Luhn check digit (ISO/IEC 7812): cards, IMEI and others."""
    digits = [int(character) for character in text if character.isascii() and character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(digits) > 1 and any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Return whether the text is an IBAN: its country's length, and 1 modulo 97 (ISO 13616)."""
    iban = re.sub(r"[\s-]", "", text).upper()
    if _IBAN_LENGTHS.get(iban[:2]) != len(iban) or not (iban.isascii() and iban.isalnum()):
        return False
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def is_github(token: str) -> bool:
    """Return whether a GitHub token (``ghp_`` …) ends in the CRC-32 of its random part, in base 62."""
    return _ends_in_crc62(token.partition("_")[2])


def is_npm(token: str) -> bool:
    """Return whether an npm token (``npm_`` …) ends in the CRC-32 of its random part, in base 62."""
    return token.startswith("npm_") and _ends_in_crc62(token[4:])


def is_grafana(token: str) -> bool:
    """Return whether a Grafana service account token ends in the CRC-32 of what precedes it, in hex."""
    head, _, crc = token.rpartition("_")
    return head.startswith("glsa_") and crc.lower() == f"{zlib.crc32(head.encode()):08x}"


def is_pypi(token: str) -> bool:
    """Return whether a PyPI token holds the beginning of a macaroon of the index."""
    text = token.removeprefix("pypi-")
    try:
        return base64.urlsafe_b64decode(text[: len(text) // 4 * 4]).startswith(_PYPI_HEAD)
    except ValueError:
        return False


def is_jwt(token: str) -> bool:
    """Return whether the first part of a JSON Web Token is base64 of a JSON object that names an algorithm."""
    head = token.partition(".")[0]
    try:
        header = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except ValueError:
        return False
    return header.lstrip().startswith(b"{") and b'"alg"' in header


def is_bech32(text: str) -> bool:
    """Return whether the text carries a bech32 or bech32m checksum (BIP 173, BIP 350): age keys, segwit addresses."""
    lowered = text.lower()
    prefix, separator, data = lowered.rpartition("1")
    if text not in {lowered, text.upper()} or not separator or not prefix or set(data) - set(_BECH32):
        return False
    values = [ord(character) >> 5 for character in prefix] + [0] + [ord(character) & 31 for character in prefix]
    check = 1
    for value in values + [_BECH32.index(character) for character in data]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(_BECH32_FACTORS):
            check ^= factor if top >> bit & 1 else 0
    return check in _BECH32_ENDS


def is_base58check(text: str) -> bool:
    """Return whether the text ends in the double SHA-256 of its beginning, in base 58: Bitcoin keys and addresses."""
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            return False
        number = number * 58 + digit
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    data = bytes(len(text) - len(text.lstrip("1"))) + data
    return len(data) > 4 and hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def is_basic(text: str) -> bool:
    """Return whether the text is base64 of a user and a password with a colon between (RFC 7617)."""
    try:
        user, colon, password = base64.b64decode(text + "=" * (-len(text) % 4)).partition(b":")
    except (ValueError, binascii.Error):
        return False
    return bool(colon) and bool(password or user) and min(user + password, default=0) >= 0x20


def _ends_in_crc62(text: str) -> bool:
    body, digits = text[:-_CRC_DIGITS], text[-_CRC_DIGITS:]
    if not body or set(digits) - set(_BASE62):
        return False
    number = 0
    for character in digits:
        number = number * 62 + _BASE62.index(character)
    return number == zlib.crc32(body.encode())
