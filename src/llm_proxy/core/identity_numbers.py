"""Check digits of the numbers that states and banks give to people, as the issuing offices publish them.

Each function takes a number as a rule found it, with or without blanks, dots, dashes and slashes.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

_NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"  # Spain: of the number modulo 23
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"  # Finland: modulo 31
_PPS_LETTERS = "WABCDEFGHIJKLMNOPQRSTUV"  # Ireland: modulo 23
_CODICE_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_NRIC_LETTERS = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT", "M": "KLJNPQRTUWX"}
_VIN = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)], strict=True
    )
)
_VERHOEFF_TURNS = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415",
                   "7046913258")  # fmt: skip
_SINGAPORE = (2, 7, 6, 5, 4, 3, 2)


def is_aba(text: str) -> bool:
    """Return whether the text is a US bank's routing number: weights 3, 7, 1 and a Federal Reserve district."""
    digits = _digits(text, 9)
    district = int(text[:2]) if digits else 99
    return _weighted(digits, (3, 7, 1) * 3) % 10 == 0 and (
        district <= 12 or 21 <= district <= 32 or 61 <= district <= 72
    )


def is_ssn(text: str) -> bool:
    """Return whether the text can be a US Social Security number: areas, groups and serials never issued are not."""
    digits = _strip(text)
    if len(digits) != 9 or not digits.isdecimal() or digits[0] == "9":
        return False
    return digits[:3] not in {"000", "666"} and digits[3:5] != "00" and digits[5:] != "0000"


def is_sin(text: str) -> bool:
    """Return whether the text is a Canadian social insurance number: nine digits, Luhn, the first not 8."""
    digits = _digits(text, 9)
    return any(digits) and digits[0] != 8 and _luhn(digits)


def is_nhs(text: str) -> bool:
    """Return whether the text is an NHS number (England): ten digits, modulo 11."""
    digits = _digits(text, 10)
    return bool(digits) and (11 - _weighted(digits, range(10, 1, -1)) % 11) % 11 == digits[9]


def is_nif(text: str) -> bool:
    """Return whether the text is a Spanish DNI or NIE: its letter is that of the number modulo 23."""
    number = _strip(text).upper()
    number = number.replace(number[:1], str("XYZ".find(number[:1])), 1) if number[:1] in {"X", "Y", "Z"} else number
    return number[:-1].isdecimal() and len(number) == 9 and _NIF_LETTERS[int(number[:-1]) % 23] == number[-1]


def is_codice_fiscale(text: str) -> bool:
    """Return whether the text is an Italian tax code: 16 characters, the last a sum of all others modulo 26."""
    code = _strip(text).upper()
    if len(code) != 16 or not (code.isascii() and code.isalnum()):
        return False
    values = [int(character) if character.isdecimal() else ord(character) - 65 for character in code]
    return (sum(_CODICE_ODD[value] for value in values[:15:2]) + sum(values[1:15:2])) % 26 == values[15]


def is_nir(text: str) -> bool:
    """Return whether the text is a French social security number: 13 digits (Corsica: 2A, 2B), 97 minus their rest."""
    number = _strip(text).upper().replace("2A", "19", 1).replace("2B", "18", 1)
    return len(number) == 15 and number.isdecimal() and 97 - int(number[:13]) % 97 == int(number[13:])


def is_steuer_id(text: str) -> bool:
    """Return whether the text is a German tax id: eleven digits, ISO 7064 MOD 11,10, one digit more than once."""
    digits = _digits(text, 11)
    product = 10
    for digit in digits[:-1]:
        product = (((digit + product) % 10 or 10) * 2) % 11
    return bool(digits) and digits[0] != 0 and len(set(digits[:10])) in {8, 9} and (11 - product) % 10 == digits[10]


def is_bsn(text: str) -> bool:
    """Return whether the text is a Dutch citizen service number: nine digits, the eleven test."""
    digits = _digits(text, 9)
    return any(digits) and _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def is_rijksregister(text: str) -> bool:
    """Return whether the text is a Belgian national number: 97 minus the rest of nine digits, from 2000 on with a 2."""
    number = _strip(text)
    if len(number) != 11 or not number.isdecimal():
        return False
    return int(number[9:]) in {97 - int(century + number[:9]) % 97 for century in ("", "2")}


def is_pesel(text: str) -> bool:
    """Return whether the text is a Polish PESEL: eleven digits with a month, weights 1, 3, 7, 9."""
    digits = _digits(text, 11)
    return (
        bool(digits)
        and 1 <= (digits[2] * 10 + digits[3]) % 20 <= 12
        and _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0
    )


def is_personnummer(text: str) -> bool:
    """Return whether the text is a Swedish personal number: a date, and Luhn over its last ten digits."""
    number = _strip(text.replace("+", ""))
    digits = _digits(number[-10:], 10) if len(number) in {10, 12} else []
    return (
        bool(digits)
        and 1 <= digits[2] * 10 + digits[3] <= 12
        and 1 <= digits[4] * 10 + digits[5] <= 91
        and _luhn(digits)
    )


def is_fodselsnummer(text: str) -> bool:
    """Return whether the text is a Norwegian national identity number: eleven digits, two of them checks modulo 11."""
    digits = _digits(text, 11)
    first = _weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return any(digits) and first == 0 and _weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def is_hetu(text: str) -> bool:
    """Return whether the text is a Finnish personal identity code: its last character is the number modulo 31."""
    number = text[:6] + text[7:10]
    return len(text) == 11 and number.isdecimal() and _HETU_LETTERS[int(number) % 31] == text[10].upper()


def is_ahv(text: str) -> bool:
    """Return whether the text is a Swiss AHV number: 756, and the check digit of EAN-13."""
    digits = _digits(text, 13)
    return digits[:3] == [7, 5, 6] and _weighted(digits, (1, 3) * 7) % 10 == 0


def is_pps(text: str) -> bool:
    """Return whether the text is an Irish PPS number: seven digits, a letter modulo 23, since 2013 another."""
    number = _strip(text).upper()
    if len(number) not in {8, 9} or not number[:7].isdecimal() or not number[7:].isalpha():
        return False
    second = 0 if number[8:] in {"", "W"} else ord(number[8]) - 64
    return _PPS_LETTERS[(_weighted(_digits(number[:7], 7), range(8, 1, -1)) + 9 * second) % 23] == number[7]


def is_pt_nif(text: str) -> bool:
    """Return whether the text is a Portuguese tax number: nine digits, modulo 11."""
    digits = _digits(text, 9)
    return any(digits) and (11 - _weighted(digits, range(9, 1, -1)) % 11) % 11 % 10 == digits[8]


def is_cpf(text: str) -> bool:
    """Return whether the text is a Brazilian CPF: eleven digits, two of them checks modulo 11, not all the same."""
    digits = _digits(text, 11)
    return len(set(digits)) > 1 and all(
        _weighted(digits, range(count + 1, 1, -1)) * 10 % 11 % 10 == digits[count] for count in (9, 10)
    )


def is_cnpj(text: str) -> bool:
    """Return whether the text is a Brazilian CNPJ: 14 digits, two of them checks modulo 11."""
    digits = _digits(text, 14)
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return len(set(digits)) > 1 and all(
        _weighted(digits, weights[13 - count :]) * 10 % 11 % 10 == digits[count] for count in (12, 13)
    )


def is_verhoeff(text: str) -> bool:
    """Return whether the digits carry Verhoeff's check digit, as India's Aadhaar numbers do."""
    digits = _strip(text)
    check = 0
    for index, character in enumerate(reversed(digits) if digits.isdecimal() else "1"):
        check = _dihedral(check, int(_VERHOEFF_TURNS[index % 8][int(character)]))
    return check == 0 and len(set(digits)) > 1


def is_resident_id(text: str) -> bool:
    """Return whether the text is a Chinese resident identity number: ISO 7064 MOD 11-2 over 17 digits."""
    number = _strip(text).upper()
    if len(number) != 18 or not number[:17].isdecimal():
        return False
    total = sum(int(character) * 2 ** (17 - index) for index, character in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17] and 1 <= int(number[10:12]) <= 12


def is_rrn(text: str) -> bool:
    """Return whether the text is a Korean (or foreign) resident's number with the check digit used until 2020."""
    digits = _digits(text, 13)
    if not digits:
        return False
    kind = 13 if 5 <= digits[6] <= 8 else 11
    return (kind - _weighted(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == digits[12]


def is_kvnr(text: str) -> bool:
    """Return whether the text is a German health insurance number: a letter, nine digits, the last a check of all."""
    number = _strip(text).upper()
    if len(number) != 10 or not ("A" <= number[0] <= "Z") or not number[1:].isdecimal():
        return False
    digits = _digits(f"{ord(number[0]) - 64:02}{number[1:]}", 11)
    return sum(sum(divmod(digit * (1 + index % 2), 10)) for index, digit in enumerate(digits[:10])) % 10 == digits[10]


def is_ust_id(text: str) -> bool:
    """Return whether the text is a German VAT number: DE and nine digits, ISO 7064 MOD 11,10."""
    digits = _digits(_strip(text).upper().removeprefix("DE"), 9)
    product = 10
    for digit in digits[:8]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return any(digits) and (11 - product) % 10 == digits[8]


def is_my_number(text: str) -> bool:
    """Return whether the text is a Japanese individual number: twelve digits, modulo 11."""
    digits = _digits(text, 12)
    rest = _weighted(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return any(digits) and (0 if rest <= 1 else 11 - rest) == digits[11]


def is_nric(text: str) -> bool:
    """Return whether the text is a Singaporean NRIC or FIN: its last letter is a weighted sum modulo 11."""
    number = _strip(text).upper()
    if len(number) != 9 or number[0] not in _NRIC_LETTERS or not number[1:8].isdecimal():
        return False
    offset = {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    total = _weighted(_digits(number[1:8], 7), _SINGAPORE) + offset
    if number[0] == "M":
        return _NRIC_LETTERS["M"][10 - total % 11] == number[8]
    letters = {"T": "S", "G": "F"}.get(number[0], number[0])
    return _NRIC_LETTERS[letters][total % 11] == number[8]


def is_za_id(text: str) -> bool:
    """Return whether the text is a South African identity number: a date, a digit for citizenship, Luhn."""
    digits = _digits(text, 13)
    return bool(digits) and 1 <= digits[2] * 10 + digits[3] <= 12 and digits[10] in {0, 1, 2} and _luhn(digits)


def is_tfn(text: str) -> bool:
    """Return whether the text is an Australian tax file number: nine digits, modulo 11."""
    digits = _digits(text, 9)
    return any(digits) and _weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def is_medicare(text: str) -> bool:
    """Return whether the text is an Australian Medicare number: ten digits, the ninth a check of those before."""
    digits = _digits(text, 10)
    return bool(digits) and 2 <= digits[0] <= 6 and _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == digits[8]


def is_tckn(text: str) -> bool:
    """Return whether the text is a Turkish identity number: eleven digits, the last two of them checks."""
    digits = _digits(text, 11)
    if not digits or digits[0] == 0:
        return False
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def is_vin(text: str) -> bool:
    """Return whether the text is a vehicle identification number with North America's check digit (modulo 11)."""
    if len(text) != 17 or set(text) - set(_VIN):
        return False
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    return "0123456789X"[_weighted([_VIN[character] for character in text], weights) % 11] == text[8]


def _strip(text: str) -> str:
    return text.translate({ord(character): None for character in " .-/\u00a0"})


def _digits(text: str, count: int) -> list[int]:
    """Return the digits of a number that has ``count``, else none."""
    stripped = _strip(text)
    return [int(digit) for digit in stripped] if len(stripped) == count and stripped.isdecimal() else []


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def _luhn(digits: Sequence[int]) -> bool:
    return (sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])) % 10 == 0


def _dihedral(left: int, right: int) -> int:
    """Multiply in the group of a pentagon's turns (0-4) and mirrorings (5-9)."""
    if left < 5:
        return (left + right) % 5 + (5 if right >= 5 else 0)
    return (left - right) % 5 + (5 if right < 5 else 0)


IDENTITY_NUMBERS: Mapping[str, tuple[Callable[[str], bool], str]] = MappingProxyType(
    {
        "aadhaar": (is_verhoeff, "India, Aadhaar"),
        "aba": (is_aba, "USA, bank routing number"),
        "ahv": (is_ahv, "Switzerland, AHV number"),
        "bsn": (is_bsn, "Netherlands, citizen service number"),
        "cnpj": (is_cnpj, "Brazil, CNPJ"),
        "codice_fiscale": (is_codice_fiscale, "Italy, tax code"),
        "cpf": (is_cpf, "Brazil, CPF"),
        "fodselsnummer": (is_fodselsnummer, "Norway, national identity number"),
        "hetu": (is_hetu, "Finland, personal identity code"),
        "kvnr": (is_kvnr, "Germany, health insurance number"),
        "medicare": (is_medicare, "Australia, Medicare number"),
        "my_number": (is_my_number, "Japan, individual number"),
        "nhs": (is_nhs, "England, NHS number"),
        "nif": (is_nif, "Spain, DNI and NIE"),
        "nir": (is_nir, "France, social security number"),
        "nric": (is_nric, "Singapore, NRIC and FIN"),
        "personnummer": (is_personnummer, "Sweden, personal number"),
        "pesel": (is_pesel, "Poland, PESEL"),
        "pps": (is_pps, "Ireland, PPS number"),
        "pt_nif": (is_pt_nif, "Portugal, tax number"),
        "resident_id": (is_resident_id, "China, resident identity number"),
        "rijksregister": (is_rijksregister, "Belgium, national number"),
        "rrn": (is_rrn, "Korea, resident registration number"),
        "sin": (is_sin, "Canada, social insurance number"),
        "ssn": (is_ssn, "USA, Social Security number: ranges never issued"),
        "steuer_id": (is_steuer_id, "Germany, tax id"),
        "tckn": (is_tckn, "Turkey, identity number"),
        "tfn": (is_tfn, "Australia, tax file number"),
        "ust_id": (is_ust_id, "Germany, VAT number"),
        "vin": (is_vin, "vehicle identification number, North America"),
        "za_id": (is_za_id, "South Africa, identity number"),
    }
)
